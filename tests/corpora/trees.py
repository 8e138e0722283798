"""Small trees of empty files made from each corpus's naming rules, and what they must read as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class SmallTree:
    """Recordings (path without ending -> what they must read as) and the corpus's own tables."""

    recordings: Mapping[str, Mapping[str, Any]]
    tables: Mapping[str, str] = field(default_factory=dict)
    names_tell_the_speaker: bool = True

    def build(self, root: Path, *, ending: str = ".wav", below: str = "") -> Path:
        """Make the tree under `root`, its recordings empty; `below` takes off a first folder."""
        for name in self.recordings:
            self.touch(root / f"{name.removeprefix(below)}{ending}")
        for name, text in self.tables.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return root

    @staticmethod
    def touch(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


EVALUATION = """% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]

[6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5000, 3.0000, 1.0000]
C-E2:\tNeutral;\t()
C-E3:\tNeutral; Anger;\t()
C-E4:\tNeutral state;\t(curious)
C-F1:\tAnger;\t()
A-E3:\tval 3; act 3; dom  3;\t()

[10.0100 - 11.3925]\tSes01F_impro01_M001\txxx\t[2.5000, 5.0000, 0.0000]
C-E2:\tExcited;\t()
"""

SCRIPTED = """[1.0000 - 2.0000]\tSes03M_script02_1_F004\texc\t[5.0000, 5.5000, 3.0000]
C-E1:\tExcited;\t()
"""

IMPROV = """UTD-IMPROV-S01A-F01-P-FM01.avi; N; A:3.000000; V:2.000000; D:NaN ; N:3.285714;
Worker1; Neutral; ; A:3.000000; V:2.000000; D:3.000000; N:3.000000;
Worker1; Neutral; ; A:3.000000; V:2.000000; D:3.000000; N:3.000000;
Worker2; Sad; Tired; A:3.000000; V:2.000000; D:3.000000; N:3.000000;
UTD-IMPROV-S05H-M06-T-MF02.avi; X; A:1.000000; V:5.000000; D:3.000000 ; N:3.000000;
Worker1; Other; ; A:1.000000; V:5.000000; D:3.000000; N:3.000000;
"""

MELD_HEADING = (
    "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,"
    "StartTime,EndTime\n"
)

TREES: dict[str, SmallTree] = {
    "emodb": SmallTree(
        {
            "wav/03a01Fa": {
                "speaker": "03", "emotion": "happiness", "label": "Freude", "sentence": "a01",
                "gender": "male", "language": "de", "take": "a",
            },
            "wav/16b10Wb": {"speaker": "16", "emotion": "anger", "gender": "female"},
            "wav/09a05Ld": {"speaker": "09", "emotion": "boredom", "take": "d"},
            "wav/10b02Ec": {"speaker": "10", "emotion": "disgust"},
            "wav/08a02Ab": {"speaker": "08", "emotion": "fear"},
            "wav/15b09Ta": {"speaker": "15", "emotion": "sadness"},
            "wav/14a07Na": {"speaker": "14", "emotion": "neutral"},
        }
    ),
    "ravdess": SmallTree(
        {
            "Actor_01/03-01-01-01-01-01-01": {
                "speaker": "01", "emotion": "neutral", "label": "neutral", "sentence": "kids",
                "gender": "male", "language": "en-US", "take": "1", "intensity": "normal",
            },
            "Actor_12/03-01-06-02-02-02-12": {
                "speaker": "12", "emotion": "fear", "label": "fearful", "sentence": "dogs",
                "gender": "female", "take": "2", "intensity": "strong",
            },
            "Actor_24/03-01-08-01-01-02-24": {"speaker": "24", "emotion": "surprise"},
            "Actor_24/03-01-02-01-01-02-24": {"speaker": "24", "emotion": "calm"},
        }
    ),
    "savee": SmallTree(
        {
            "AudioData/DC/a01": {
                "speaker": "DC", "emotion": "anger", "sentence": "a01", "gender": "male",
                "language": "en-GB",
            },
            "AudioData/KL/su15": {"speaker": "KL", "emotion": "surprise"},
            "AudioData/JE/sa03": {"speaker": "JE", "emotion": "sadness"},
            "AudioData/JK/n30": {"speaker": "JK", "emotion": "neutral"},
        }
    ),
    "tess": SmallTree(
        {
            "OAF_angry/OAF_back_angry": {
                "speaker": "OAF", "emotion": "anger", "sentence": "back", "gender": "female",
                "language": "en-CA",
            },
            "OAF_neutral/OA_bite_neutral": {"speaker": "OAF", "emotion": "neutral"},
            "OAF_Fear/OAF_food_fear": {"speaker": "OAF", "emotion": "fear"},
            "OAF_Pleasant_surprise/OAF_bar_ps": {"speaker": "OAF", "emotion": "surprise"},
            "OAF_Sad/OAF_bath_sad": {"speaker": "OAF", "emotion": "sadness"},
            "YAF_pleasant_surprised/YAF_bar_ps": {
                "speaker": "YAF", "emotion": "surprise", "label": "ps", "sentence": "bar",
            },
        }
    ),
    "crema-d": SmallTree(
        {
            "AudioWAV/1001_DFA_ANG_XX": {
                "speaker": "1001", "emotion": "anger", "label": "ANG", "sentence": "DFA",
                "gender": "male", "language": "en-US", "intensity": None,
                "votes": {"anger": 9.0, "neutral": 1.0},
            },
            "AudioWAV/1002_IEO_SAD_HI": {
                "speaker": "1002", "emotion": "sadness", "gender": "female", "intensity": "high",
                "votes": {"neutral": 4.0, "sadness": 4.0},
            },
            "AudioWAV/1091_WSI_NEU_XX": {"speaker": "1091", "emotion": "neutral", "votes": {}},
        },
        {
            "processedResults/tabulatedVotes.csv": '"","A","D","F","H","N","S","fileName"\n'
            '"100001",9,0,0,0,1,0,"1001_DFA_ANG_XX"\n'
            '"100002",0,0,0,0,4,4,"1002_IEO_SAD_HI"\n'
            '"200001",0,8,0,0,0,0,"1001_DFA_ANG_XX"\n'
        },
    ),
    "emovo": SmallTree(
        {
            "f1/dis-f1-b1": {
                "speaker": "f1", "emotion": "disgust", "label": "disgusto", "sentence": "b1",
                "gender": "female", "language": "it",
            },
            "m3/gio-m3-n5": {"speaker": "m3", "emotion": "happiness", "gender": "male"},
            "m2/rab-m2-d2": {"speaker": "m2", "emotion": "anger"},
            "f3/pau-f3-l4": {"speaker": "f3", "emotion": "fear"},
        }
    ),
    "urdu": SmallTree(
        {
            "Angry/SM1_F12_A012": {
                "speaker": "SM1", "emotion": "anger", "label": "Angry", "gender": "male",
                "language": "ur",
            },
            "Happy/SF3_F4_H04": {"speaker": "SF3", "emotion": "happiness", "gender": "female"},
            "Sad/SM26_F10_S0100": {"speaker": "SM26", "emotion": "sadness"},
        }
    ),
    "emotale": SmallTree(
        {
            "wav/DK_004_A_5": {
                "speaker": "004", "emotion": "anger", "sentence": "DK5", "gender": "male",
                "language": "da",
                "dimensions": {"arousal": 1.0, "valence": 0.0, "dominance": 0.5},
                "votes": {"anger": 2.0, "sadness": 1.0},
            },
            "wav/EN_001_B_1": {
                "speaker": "001", "emotion": "boredom", "language": "en", "gender": "female",
                "dimensions": {}, "votes": {},
            },
        },
        {
            "annotations.csv": "file,a1_A,a1_V,a1_D,a1_cat,a2_A,a2_V,a2_D,a2_cat,a3_A,a3_V,a3_D,"
            "a3_cat,gt_emotion\n"
            "DK_004_A_5.wav,5.0,1.0,2.5,A,5.0,1.0,3.5,A,5.0,1.0,3.0,S,A\n",
            "speaker_info.csv": "speaker,gender,age\n001,F,22\n004,M,24\n",
        },
    ),
    "casia": SmallTree(
        {
            "liuchanhg/angry/201": {
                "speaker": "liuchanhg", "emotion": "anger", "sentence": "201", "language": "zh-CN",
            },
            "liuchanhg/sad/201": {"speaker": "liuchanhg", "emotion": "sadness"},
            "ZhaoZuoxiang/angry/201": {"speaker": "ZhaoZuoxiang", "emotion": "anger"},
            "wangzhe/neutral/250": {"speaker": "wangzhe", "emotion": "neutral"},
        }
    ),
    "iemocap": SmallTree(
        {
            "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000": {
                "speaker": "Ses01F", "emotion": "neutral", "label": "neu", "gender": "female",
                "session": "1", "sentence": None, "transcript": "Excuse me.",
                "dimensions": {"arousal": 0.5, "valence": 0.375, "dominance": 0.0},
                "votes": {"neutral": 2.5, "anger": 0.5},
            },
            "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M001": {
                "speaker": "Ses01M", "emotion": None, "label": "xxx", "gender": "male",
                "dimensions": {"arousal": 1.0, "valence": 0.375}, "votes": {"excitement": 1.0},
            },
            "Session3/sentences/wav/Ses03M_script02_1/Ses03M_script02_1_F004": {
                "speaker": "Ses03F", "emotion": "excitement", "sentence": "script02_1",
                "session": "3",
                "dimensions": {"arousal": 1.0, "valence": 1.0, "dominance": 0.5},
            },
        },
        {
            "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt": EVALUATION,
            "Session3/dialog/EmoEvaluation/Ses03M_script02_1.txt": SCRIPTED,
            "Session1/dialog/transcriptions/Ses01F_impro01.txt": "Ses01F_impro01_F000 "
            "[006.2901-008.2357]: Excuse me.\nM: Yes.\n",
        },
    ),
    "msp-improv": SmallTree(
        {
            "session1/S01A/P/MSP-IMPROV-S01A-F01-P-FM01": {
                "speaker": "F01", "emotion": "neutral", "label": "Neutral", "gender": "female",
                "session": "1", "sentence": None,
                "dimensions": {"arousal": 0.5, "valence": 0.25},
                "votes": {"neutral": 1.0, "sadness": 1.0},
            },
            "session6/S05H/T/MSP-IMPROV-S05H-M06-T-MF02": {
                "speaker": "M06", "emotion": None, "session": "6", "sentence": "S05",
                "votes": {"other": 1.0},
            },
        },
        {"Evaluation.txt": IMPROV},
    ),
    "meld": SmallTree(
        {
            "train_splits/dia0_utt0": {
                "speaker": "Chandler", "emotion": "neutral", "gender": "male",
                "session": "train-dia0", "transcript": "also, I was the point person",
            },
            "dev_splits_complete/dia0_utt0": {
                "speaker": "Phoebe", "emotion": "happiness", "label": "joy", "gender": "female",
            },
            "output_repeated_splits_test/dia0_utt0": {"speaker": "Mark", "gender": None},
        },
        {
            "train_sent_emo.csv": MELD_HEADING
            + '1,"also, I was the point person",Chandler,neutral,neutral,0,0,8,21,"a","b"\n',
            "dev_sent_emo.csv": MELD_HEADING + "1,Oh,Phoebe,joy,positive,0,0,8,21,a,b\n",
            "test_sent_emo.csv": MELD_HEADING + "1,Why,Mark,surprise,positive,0,0,8,21,a,b\n",
        },
        names_tell_the_speaker=False,
    ),
    "esd": SmallTree(
        {
            "0001/Neutral/0001_000001": {
                "speaker": "0001", "emotion": "neutral", "sentence": "zh-1", "language": "zh-CN",
            },
            "0011/Angry/0011_000401": {
                "speaker": "0011", "emotion": "anger", "sentence": "en-51", "language": "en",
            },
            "0020/Surprise/0020_001750": {"speaker": "0020", "emotion": "surprise"},
        }
    ),
    "shemo": SmallTree(
        {
            "female/F03S02": {
                "speaker": "F03", "emotion": "sadness", "label": "sad", "gender": "female",
                "language": "fa", "transcript": "سلام",
            },
            "male/M02F01": {
                "speaker": "M02", "emotion": "fear", "gender": "male", "transcript": None,
            },
        },
        {"shemo.json": '{"F03S02": {"speaker_id": "F03", "transcript": "سلام"}}'},
    ),
}  # fmt: skip
