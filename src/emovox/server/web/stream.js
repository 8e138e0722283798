/** The server's stream of scores: sound in, scores of the last seconds out. */

import { RequestError, withQuery } from "./api.js";

const ANSWER_MS = 8000;
const LONGEST_WAIT_S = 4;

/**
 * Open a stream.
 *
 * @param {{sampleRate: number, model: string|null, score: (message: object) => void,
 *   failed: (error: RequestError) => void}} options  `failed` is called after the stream was open.
 * @returns {Promise<{send: (piece: Int16Array) => void, close: () => void}>}
 */
export function openStream({ sampleRate, model, score, failed }) {
  const address = new URL(withQuery("/v1/stream", { model }), location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address);
  let error = null;
  let closing = false;

  function send(piece) {
    // A slow line loses sound rather than fall behind the voice.
    if (socket.readyState !== WebSocket.OPEN || socket.bufferedAmount > 2 * LONGEST_WAIT_S * sampleRate) return;
    socket.send(piece);
  }

  function close() {
    closing = true;
    socket.close(1000);
  }

  return new Promise((resolve, reject) => {
    let ready = false;
    const late = setTimeout(() => socket.close(), ANSWER_MS);
    socket.onopen = () => socket.send(JSON.stringify({ sample_rate: sampleRate }));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "ready") {
        ready = true;
        clearTimeout(late);
        resolve({ send, close });
      } else if (message.type === "score") {
        score(message);
      } else if (message.type === "error") {
        error = new RequestError(message.code, message.detail ?? message.message ?? "");
      }
    };
    socket.onclose = () => {
      clearTimeout(late);
      const reason = error ?? new RequestError("offline", "");
      if (!ready) reject(reason);
      else if (!closing) failed(reason);
    };
  });
}
