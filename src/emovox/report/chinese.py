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

KINDS: dict[str, str] = {
    "speaker": "说话人",
    "sentence": "句子",
    "session": "场次",
    "corpus": "语料库",
    "identical_audio": "相同的录音",
}
"""What train and test parts may share -> its Chinese name."""

PROTOCOLS: dict[str, str] = {
    "speaker": "每次留出一位说话人；多于 12 位时分为固定的六组",
    "speaker+sentence": "说话人和句子分块，二者都不在训练中",
    "sentence": "每次留出一个句子；多于 12 个时分为六组",
    "session": "每次留出一个场次",
    "emobox": "EmoBox 公布的划分；其中 emodb、crema-d 和 urdu 的训练与测试有相同的说话人",
    "cross-corpus": "用一个语料库（或其余全部）训练，在另一个上测试",
    "kfold": "按文件顺序切成几段；两部分有相同的说话人和句子",
    "shuffled-kfold": "文件打乱后分成几份；两部分有相同的说话人和句子",
    "stratified-kfold": "文件打乱后按情绪比例分成几份；两部分有相同的说话人和句子",
    "random": "文件随机划分一次；两部分有相同的说话人和句子",
}
"""Protocol -> how it cuts its folds."""

REMARKS: dict[str, str] = {
    "features are z-scored over each speaker's own unlabelled recordings, those of the test "
    "speakers included: it needs many recordings of one person": (
        "特征用每位说话人自己的未标注录音标准化，测试说话人也不例外：这要求同一个人有许多录音。"
    ),
    "features are z-scored over each corpus's own unlabelled recordings, those of the test corpus "
    "included": "特征用每个语料库自己的未标注录音标准化，测试语料库也不例外。",
    "a leak on purpose: the scaler was fitted on training and test together": (
        "有意的泄漏：标准化同时用了训练与测试部分。"
    ),
    "a leak on purpose: the epoch was chosen on the test part": (
        "有意的泄漏：训练轮次是在测试部分上挑选的。"
    ),
    "{n} of {all} speakers occur with one emotion only: speaker and emotion are confounded": (
        "{all} 位说话人中有 {n} 位只出现在一种情绪里：说话人与情绪相互混淆。"
    ),
    "{n} recordings could not be used and are in neither part (such as {example})": (
        "有 {n} 个录音无法使用，训练和测试部分都不含它们（例如 {example}）。"
    ),
}
"""What the evaluation remarks on a row, in English -> the same in Chinese, as a sentence."""

SENTENCES: dict[str, str] = {
    ", ": "、",
    "; ": "；",
    "{names}: {sentence}": "{names}：{sentence}",
    "All but {names}: {sentence}": "除 {names} 外：{sentence}",
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
        "{truth} 识别为 {found}：{total} 条中的 {n} 条（{share}%）"
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
    "chance {share} %": "随机水平 {share}%",
    "{n} classes": "{n} 类",
    "within the same corpora": "同一语料库内",
    "Together {share} %": "合计 {share}%",
    "Chance {share} %": "随机水平 {share}%",
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
    # notes of tables
    "{corpora}, protocol {protocol}, {what}, n = {n}": (
        "{corpora}，协议 {protocol}，{what}，n = {n}"
    ),
    "{corpora}, protocol {protocol}, {method}, {n} label sets": (
        "{corpora}，协议 {protocol}，{method}，{n} 个标签集"
    ),
    "{name}, CCC": "{name}，CCC",
    "Protocol {named}; {folds}.": "协议 {named}；{folds}。",
    "one fold": "1 折",
    "{n} folds": "{n} 折",
    "n = {n} test utterances": "n = {n} 条测试语句",
    "n = {n} test utterances of {n_speakers} speakers": (
        "n = {n} 条测试语句，来自 {n_speakers} 位说话人"
    ),
    "{size}; a guess without hearing has CCC 0.": "{size}；不听声音的猜测，CCC 为 0。",
    "{size}; {n} classes, label set {label_set} ({names}); chance {chance} %.": (
        "{size}；{n} 类，标签集 {label_set}（{names}）；随机水平 {chance}%。"
    ),
    "Label sets: {sets}.": "标签集：{sets}。",
    "Method {method}, features {features}.": "方法 {method}，特征 {features}。",
    "Features {features}.": "特征 {features}。",
    "Each label set was run with {n} seeds ({seeds}); n counts one of them.": (
        "每个标签集用 {n} 个种子（{seeds}）各运行一次；n 只计其中一次。"
    ),
    "Features are normalised by statistics of the training part only.": (
        "特征只用训练部分的统计量归一化。"
    ),
    "Features are normalised by statistics of the training part only, except where a line says "
    "otherwise.": "除另有说明的行外，特征只用训练部分的统计量归一化。",
    "Nothing that was counted ({kinds}) is in both parts of any fold.": (
        "在清点的范围内（{kinds}），没有一折的训练与测试部分共有任何内容。"
    ),
    "Could not be counted for this data: {kinds}.": "这些数据无法清点：{kinds}。",
    "Not kept apart: {kinds}; in the worst fold {shared} of {of} in the test part are in the "
    "training part too ({folds} of {n_folds} folds{repeated}, {share} % of the test utterances).": (
        "未分开：{kinds}；最差一折的测试部分有 {of} 个，其中 {shared} 个也在训练部分"
        "（涉及 {n_folds} 折中的 {folds} 折{repeated}，占测试语句的 {share}%）。"
    ),
    ", over {n} seeds": "，含 {n} 个种子",
    "per speaker": "按说话人",
    "per corpus": "按语料库",
    "before the folds": "划分之前",
    "epoch chosen on the test part": "轮次在测试部分上挑选",
    # differences
    " ({which})": "（{which}）",
    ", lines {which}": "，{which}的各行",
    "seed {seeds}": "种子 {seeds}",
    "p: each line is judged only against the best line of its own normalisation, because "
    "statistics of the test recordings are an advantage that the others do not have.": (
        "p：每行只与同一归一化方式中最好的一行比较，因为用了测试录音的统计量是一种优势，其他行没有。"
    ),
    "p: each line is judged only against the best line that knew as much of the test part, "
    "because statistics of the test recordings, or an epoch chosen on them, are an advantage that "
    "the others do not have.": (
        "p：每行只与对测试部分所知同样多的行中最好的一行比较，因为测试录音的统计量、"
        "或在其上挑选的轮次，都是一种优势，其他行没有。"
    ),
    "The tests against {best}{where} disagree at {level} (bootstrap over speakers, McNemar, "
    "Wilcoxon over folds): {found}.": (
        "几种检验（按说话人的自助法、McNemar、按折的 Wilcoxon）在 {level} 水平上结论不一，"
        "比较对象为 {best}{where}：{found}。"
    ),
    "Friedman over {n} folds{where}: chi2({df}) = {statistic}, {p}; ": (
        "Friedman 检验（{n} 折{where}）：chi2({df}) = {statistic}，{p}；"
    ),
    "no difference of ranks is shown.": "各方法的秩未见差异。",
    "{name} above {others}": "{name} 高于 {others}",
    "{others} and {last}": "{others} 和 {last}",
    "more than {distance} (Nemenyi, {level})": "超过 {distance}（Nemenyi，{level}）",
    "no two mean ranks differ by {distance}.": "任何两个平均秩之差都未{distance}。",
    "mean ranks differ by {distance}: {above}.": "平均秩之差{distance}的有：{above}。",
    "Each against the best: three tests": "逐一与最佳者比较：三种检验",
    "Bootstrap (over speakers) and Wilcoxon (over folds) judge the UA or CCC, whose difference is "
    "in points; McNemar judges the accuracy, and takes the utterances of one speaker as "
    "independent, which they are not.": (
        "自助法（按说话人）和 Wilcoxon 检验（按折）比较 UA 或 CCC，差值以百分点计；McNemar 检验"
        "比较准确率，并把同一说话人的语句视为独立，而实际上并不独立。"
    ),
    "Against {best}{where}; p Holm-corrected": "比较对象：{best}{where}；p 值经 Holm 校正",
    "{measure} difference": "{measure} 差值",
    "bootstrap": "自助法",
    "McNemar": "McNemar",
    "Wilcoxon": "Wilcoxon",
    "So few folds ({n}) cannot bring Wilcoxon's test below .05, however large the difference.": (
        "折数过少（{n}），无论差异多大，Wilcoxon 检验都不可能低于 .05。"
    ),
    "normalised per speaker": "按说话人归一化",
    "normalised per corpus": "按语料库归一化",
    "normalised before the folds": "划分之前归一化",
    "normalised by the training part": "按训练部分归一化",
    "Mean ranks": "平均秩",
    "Mean ranks, {which}": "平均秩（{which}）",
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
