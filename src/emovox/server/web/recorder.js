/** The microphone as 16-bit mono samples; as no compressed form, because the server decodes none of a browser's. */

import { RequestError } from "./api.js";

const WANTED_RATE = 16_000;

/**
 * Open the microphone.
 *
 * @param {(piece: Int16Array) => void} onPiece  A tenth of a second each.
 * @returns {Promise<{sampleRate: number, stop: () => Promise<void>}>}
 * @throws {RequestError} microphone-refused, microphone-missing, microphone-insecure
 */
export async function openMicrophone(onPiece) {
  const source = await microphone();
  const context = await audioContext(source);
  const input = context.createMediaStreamSource(source);
  const worklet = new AudioWorkletNode(context, "pcm", { numberOfOutputs: 0, channelCount: 1,
    channelCountMode: "explicit" });
  worklet.port.onmessage = ({ data }) => onPiece(data);
  input.connect(worklet);
  await context.resume();
  return {
    sampleRate: context.sampleRate,
    async stop() {
      worklet.port.onmessage = null;
      for (const track of source.getTracks()) track.stop();
      await context.close();
    },
  };
}

/** Loudness of a piece in decibels relative to full scale: root mean square and peak. */
export function levels(piece) {
  let sum = 0;
  let peak = 0;
  for (const sample of piece) {
    sum += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  const decibels = (value) => 20 * Math.log10(Math.max(value, 1) / 32768);
  return { rms_db: decibels(Math.sqrt(sum / piece.length)), peak_db: decibels(peak) };
}

async function microphone() {
  if (!navigator.mediaDevices?.getUserMedia) throw new RequestError("microphone-insecure", "");
  try {
    // The scores are about the voice as it is: nothing is to be made louder or cleaner.
    return await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
  } catch (error) {
    const refused = error.name === "NotAllowedError" || error.name === "SecurityError";
    throw new RequestError(refused ? "microphone-refused" : "microphone-missing", "");
  }
}

/** A context at the models' rate, or at the microphone's own where the browser cannot convert. */
async function audioContext(source) {
  const address = new URL("./pcm-worklet.js", import.meta.url);
  for (const options of [{ sampleRate: WANTED_RATE }, {}]) {
    const context = new AudioContext(options);
    try {
      context.createMediaStreamSource(source);
      await context.audioWorklet.addModule(address);
      return context;
    } catch (error) {
      await context.close();
      if (!options.sampleRate) throw error;
    }
  }
  return null;
}
