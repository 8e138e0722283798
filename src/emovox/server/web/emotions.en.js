/** Names of emotions, English. */
export default {
  "emotion.anger": "anger",
  "emotion.boredom": "boredom",
  "emotion.calm": "calm",
  "emotion.contempt": "contempt",
  "emotion.disgust": "disgust",
  "emotion.excitement": "excitement",
  "emotion.fear": "fear",
  "emotion.frustration": "frustration",
  "emotion.happiness": "happiness",
  "emotion.neutral": "neutral",
  "emotion.sadness": "sadness",
  "emotion.surprise": "surprise",
  "emotion.other": "other",
  "emotion.arousal": "arousal",
  "emotion.valence": "valence",
  "emotion.dominance": "dominance",
};
