/** What can be chosen in an experiment, English: only what the server's own titles do not say well. */
export default {
  "choice.normalisation.training": "by the training part only",
  "choice.normalisation.speaker": "each speaker by itself",
  "choice.normalisation.corpus": "each corpus by itself",
  "choice.normalisation.before-folds": "before the folds (a leak)",
  "choice.scaler.standard": "z-score",
  "choice.scaler.minmax": "to the range 0 to 1",
  "choice.scaler.robust": "by median and quartiles",
  "choice.scaler.quantile": "to a normal distribution",
  "choice.scaler.none": "none",
  "choice.balance.undersample": "keep the first of each emotion, as many as the rarest has",
  "choice.balance.undersample-random": "keep as many at random",
  "choice.balance.class_weight": "weigh rare emotions more",
  "choice.search.none": "no search",
  "choice.search.exhaustive": "every candidate of the grid",
  "choice.search.halving": "successive halving",
  "choice.search.random": "some candidates at random",
};
