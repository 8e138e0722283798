/** Words about long work, Chinese. */
export default {
  "progress.queued": "排队等待中",
  "progress.begins": "正在开始……",
  "progress.of": "{what}：{done} / {total}",
  "progress.plain": "{done} / {total}",
  "progress.left": "大约还需 {time}",
  "progress.comma": "，",
  "progress.cancelled": "已取消。",
  "progress.lost": "服务器没有回应；正在重试。",
  "progress.activity.folds": "折",
  "progress.activity.epochs": "轮次，折",
  "progress.activity.features": "特征",
};
