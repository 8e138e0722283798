/** Names of emotions, Chinese. */
export default {
  "emotion.anger": "愤怒",
  "emotion.boredom": "无聊",
  "emotion.calm": "平静",
  "emotion.contempt": "轻蔑",
  "emotion.disgust": "厌恶",
  "emotion.excitement": "兴奋",
  "emotion.fear": "恐惧",
  "emotion.frustration": "沮丧",
  "emotion.happiness": "高兴",
  "emotion.neutral": "中性",
  "emotion.sadness": "悲伤",
  "emotion.surprise": "惊讶",
  "emotion.other": "其他",
  "emotion.arousal": "唤醒度",
  "emotion.valence": "效价",
  "emotion.dominance": "支配度",
};
