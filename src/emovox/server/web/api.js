/** Requests to the server: JSON in and out, errors with their code, the token where one is needed. */

/** A request that failed: `code` is the server's, or one of offline, aborted. */
export class RequestError extends Error {
  constructor(code, detail, { status = 0, retryAfter_s = null } = {}) {
    super(detail);
    this.code = code;
    this.detail = detail;
    this.status = status;
    this.retryAfter_s = retryAfter_s;
  }
}

/** @returns {Promise<any>} */
export async function getJson(path, { signal } = {}) {
  return await answer(path, { signal });
}

/** @returns {Promise<any>} null where the answer is empty. */
export async function postJson(path, body = {}, { signal } = {}) {
  const headers = { "Content-Type": "application/json" };
  return await answer(path, { method: "POST", headers, body: JSON.stringify(body), signal });
}

/** @returns {Promise<any>} */
export async function remove(path, { signal } = {}) {
  return await answer(path, { method: "DELETE", signal });
}

/**
 * Send one file as the field `file` of a form.
 *
 * @param {{signal?: AbortSignal, progress?: (share: number) => void, name?: string}} options
 */
export async function upload(path, file, { signal, progress, name = file.name } = {}) {
  const form = new FormData();
  form.append("file", file, name);
  return await retried(() => sent(path, form, { signal, progress }), signal);
}

/** Path with its query; values that are null are left out. */
export function withQuery(path, values) {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

async function answer(path, options) {
  return await retried(async () => {
    let response;
    try {
      response = await fetch(path, { credentials: "same-origin", ...options });
    } catch (error) {
      throw lost(error.name === "AbortError");
    }
    const text = await response.text();
    return read(response.status, text, response.headers.get("Retry-After"));
  }, options.signal);
}

/** XMLHttpRequest, because fetch does not tell how much was sent. */
function sent(path, form, { signal, progress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    request.open("POST", path);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress?.(event.loaded / event.total);
    };
    request.onload = () => {
      try {
        resolve(read(request.status, request.responseText, request.getResponseHeader("Retry-After")));
      } catch (error) {
        reject(error);
      }
    };
    request.onerror = () => reject(lost(false));
    request.onabort = () => reject(lost(true));
    request.onloadend = () => signal?.removeEventListener("abort", stop);
    if (signal?.aborted) {
      reject(lost(true));
      return;
    }
    signal?.addEventListener("abort", stop);
    request.send(form);
  });
}

function read(status, text, retryAfter) {
  let content = null;
  try {
    content = text ? JSON.parse(text) : null;
  } catch {
    content = null;
  }
  if (status >= 200 && status < 300) return content;
  throw new RequestError(content?.code ?? "unknown", content?.detail ?? `HTTP ${status}`, {
    status,
    retryAfter_s: retryAfter === null ? null : Number(retryAfter) || 1,
  });
}

function lost(aborted) {
  return new RequestError(aborted ? "aborted" : "offline", "");
}

/** Ask for the token once where the server wants it, then repeat the request. */
async function retried(request, signal) {
  try {
    return await request();
  } catch (error) {
    if (error.code !== "token-needed" || signal?.aborted) throw error;
    const { askForToken } = await import("./token-dialog.js");
    await askForToken();
    return await request();
  }
}
