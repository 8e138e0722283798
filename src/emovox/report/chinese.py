"""What drawings say, in Chinese."""

# ruff: noqa: RUF001 -- Chinese has punctuation of its own

from __future__ import annotations

EMOTIONS: dict[str, str] = {
    "anger": "愤怒",
    "boredom": "无聊",
    "calm": "平静",
    "contempt": "轻蔑",
    "disgust": "厌恶",
    "excitement": "兴奋",
    "fear": "恐惧",
    "frustration": "沮丧",
    "happiness": "高兴",
    "neutral": "中性",
    "sadness": "悲伤",
    "surprise": "惊讶",
    "other": "其他",
    "arousal": "唤醒度",
    "valence": "效价",
    "dominance": "支配度",
}
"""Emotion or dimension -> its Chinese name."""

SENTENCES: dict[str, str] = {
    # over time
    "peak": "峰值",
    "silent": "静音",
    "seconds": "秒",
    "time": "时间",
    "no speech": "无语音",
    "Waveform of {name}": "{name} 的波形",
    "Spectrogram of {name}": "{name} 的频谱图",
    "Scores over time": "情绪分数随时间的变化",
    "Scores over time of {name}": "{name} 的情绪分数随时间的变化",
    "Scores of {name}": "{name} 的分数",
    "Recordings by emotion": "各情绪的录音数",
    "Waveform of {length}, peak {level}.": "波形，时长 {length}，峰值 {level}。",
    "Spectrogram of {length} up to {top} kHz on the {scale} scale; light is loud, the scale spans "
    "{range} dB.": "{scale}频谱图，时长 {length}，最高 {top} kHz；越亮越响，范围 {range} dB。",
    "mel": "梅尔刻度",
    "linear": "线性刻度",
    "{start} to {end}": "{start} 至 {end}",
    # matrices and bars
    "recall": "召回率",
    "{truth} recognised as {found}: {n} of {total} ({share} %)": (
        "{truth} 识别为 {found}：{total} 条中的 {n} 条（{share} %）"
    ),
    "Rows are labels, columns what was recognised. Recall: {recalls}.": (
        "行为标注，列为识别结果。召回率：{recalls}。"
    ),
    "no utterances": "没有语句",
    "train ↓  test →": "训练 ↓  测试 →",
    "{source} to {target}": "{source} 到 {target}",
    "not measured": "未测量",
    "chance": "随机",
    "≈ chance": "≈ 随机",
    "chance {share} %": "随机水平 {share} %",
    "{n} classes": "{n} 类",
    "within the same corpora": "同一语料库内",
    "Together {share} %": "合计 {share} %",
    "Chance {share} %": "随机水平 {share} %",
    "all": "全部",
    "female": "女",
    "male": "男",
    "{n} speakers, lowest {low}, highest {high}.": "{n} 位说话人，最低 {low}，最高 {high}。",
    "{n} folds, lowest {low}, highest {high}.": "{n} 折，最低 {low}，最高 {high}。",
    "UA of each fold": "每折的 UA",
    "Cross-corpus UA of {method}, label set {label_set}": (
        "{method} 的跨语料库 UA，标签集 {label_set}"
    ),
    "{features}, label set {label_set}": "{features}，标签集 {label_set}",
    "Confusion matrix of {name}": "{name} 的混淆矩阵",
    # differences
    "Each against the best: three tests": "逐一与最佳比较：三种检验",
    "Bootstrap (over speakers) and Wilcoxon (over folds) judge the UA or CCC, whose difference is "
    "in points; McNemar judges the accuracy, and takes the utterances of one speaker as "
    "independent, which they are not.": (
        "自助法（按说话人）和 Wilcoxon 检验（按折）比较 UA 或 CCC，差值以百分点计；McNemar 检验"
        "比较准确率，并把同一说话人的语句视为独立，而实际上并不独立。"
    ),
    "Against {best}{where}; p Holm-corrected": "与 {best}{where} 比较；p 值经 Holm 校正",
    "{measure} difference": "{measure} 差值",
    "bootstrap": "自助法",
    "McNemar": "McNemar",
    "Wilcoxon": "Wilcoxon",
    "So few folds ({n}) cannot bring Wilcoxon's test below .05, however large the difference.": (
        "折数过少（{n}），无论差异多大，Wilcoxon 检验都不可能低于 .05。"
    ),
    "normalised per speaker": "按说话人归一化",
    "normalised per corpus": "按语料库归一化",
    "normalised before the folds": "分折前归一化",
    "normalised by the training part": "按训练部分归一化",
    "Mean ranks": "平均秩",
    "over {n} folds, 1 is the best; Friedman {p}; a bar ties what Nemenyi's test does not tell "
    "apart at {level}": (
        "共 {n} 折，1 为最佳；Friedman 检验 {p}；"
        "横线连接 Nemenyi 检验在 {level} 水平上不能区分的方法"
    ),
    "no difference shown: {names}": "未显示差异：{names}",
    "Mean ranks: {ranks}. Critical distance {distance}.": "平均秩：{ranks}。临界差 {distance}。",
    "critical distance {distance}": "临界差 {distance}",
    "{name}: mean rank {rank}": "{name}：平均秩 {rank}",
}
"""What drawings say in English -> the same in Chinese; braces hold what differs."""
