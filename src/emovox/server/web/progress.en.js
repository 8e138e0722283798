/** Words about long work, English. */
export default {
  "progress.queued": "waits for its turn",
  "progress.begins": "begins …",
  "progress.of": "{what}: {done} of {total}",
  "progress.plain": "{done} of {total}",
  "progress.left": "about {time} left",
  "progress.comma": ", ",
  "progress.cancelled": "Cancelled.",
  "progress.lost": "The server does not answer; trying again.",
  "progress.activity.folds": "folds",
  "progress.activity.epochs": "epochs of fold",
  "progress.activity.features": "features",
};
