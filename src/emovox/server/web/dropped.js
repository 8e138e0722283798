/** Files out of what was dropped or chosen; a folder gives what looks like a recording in it. */

const RECORDING = /\.(wav|wave|flac|ogg|oga|opus|mp3|m4a|mp4|aac|aif|aiff|aifc|au|snd|caf|w64|rf64|webm|mkv|mov|3gp|amr|wma|sph|nist|voc|gsm)$/i;

/**
 * @param {DataTransfer} transfer
 * @returns {Promise<{files: {file: File, path: string}[], left: number}>} `left` were no recordings
 */
export async function filesOfDrop(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) {
    return named([...transfer.files].map((file) => ({ file, path: file.name, chosen: true })));
  }
  const found = [];
  for (const entry of entries) await walk(entry, found, entry.isFile);
  // A folder is read in no order that anybody would expect.
  const { compare } = new Intl.Collator(undefined, { numeric: true });
  return named(found.sort((one, other) => compare(one.path, other.path)));
}

/** @param {FileList} list */
export function filesOfChoice(list) {
  return named([...list].map((file) => ({
    file, path: file.webkitRelativePath || file.name, chosen: !file.webkitRelativePath,
  })));
}

/** What was named one by one is taken whatever it is called. */
function named(found) {
  const files = found.filter(({ file, chosen }) => chosen || (RECORDING.test(file.name) && !file.name.startsWith(".")));
  const taken = files.length || found.length !== 1 ? files : found;
  return { files: taken.map(({ file, path }) => ({ file, path })), left: found.length - taken.length };
}

async function walk(entry, found, chosen) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject)).catch(() => null);
    if (file) found.push({ file, path: entry.fullPath.replace(/^\//, ""), chosen });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // A reader gives at most a hundred entries at a time.
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)).catch(() => []);
    if (!some.length) return;
    for (const each of some) await walk(each, found, false);
  }
}
