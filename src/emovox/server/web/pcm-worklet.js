/** In the audio thread: the microphone's samples as 16-bit integers, a tenth of a second at a time. */

class Pcm extends AudioWorkletProcessor {
  constructor() {
    super();
    this.size = Math.round(sampleRate / 10);
    this.piece = new Int16Array(this.size);
    this.filled = 0;
  }

  process([channels]) {
    const samples = channels[0];
    for (let i = 0; samples && i < samples.length; i += 1) {
      const value = Math.max(-1, Math.min(1, samples[i]));
      this.piece[this.filled] = Math.round(value * 32767);
      this.filled += 1;
      if (this.filled === this.size) {
        this.port.postMessage(this.piece, [this.piece.buffer]);
        this.piece = new Int16Array(this.size);
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("pcm", Pcm);
