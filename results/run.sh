#!/usr/bin/env bash
# Makes every table of this folder: `results/run.sh` or `results/run.sh NAME...`.
# Needs EMOVOX_CORPORA and `pip install "emovox[bench,train]"`. Unfinished records lie under
# runs/results and are taken up again; finished ones are gzipped beside their table.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${EMOVOX_CORPORA:?set EMOVOX_CORPORA to the folder of the corpora}"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" OPENBLAS_NUM_THREADS="${OPENBLAS_NUM_THREADS:-1}"
mkdir -p runs/results
wanted=("$@")

# tables NAME COMMAND...: runs of `emovox bench`, each a string of arguments, that share one file of
# records; the page of tables made from it begins with the commands.
tables() {
  local name="$1" arguments
  shift
  if [ "${#wanted[@]}" -gt 0 ] && [[ " ${wanted[*]} " != *" $name "* ]]; then return; fi
  local records="runs/results/$name.jsonl"
  if [ ! -e "$records" ] && [ -e "results/$name.jsonl.gz" ]; then
    gzip -dc "results/$name.jsonl.gz" > "$records"
  fi
  echo "== $name" >&2
  for arguments in "$@"; do
    eval "emovox bench $arguments --records $records" > /dev/null
  done
  gzip -nc9 "$records" > "results/$name.jsonl.gz"
  {
    printf '# %s\n\n' "$name"
    printf '    emovox bench %s\n' "$@"
    printf '\n'
    emovox report "results/$name.jsonl.gz" --format markdown
  } > "results/$name.md"
}

# table NAME ARGUMENTS...: one run.
table() {
  local name="$1"
  shift
  local arguments
  printf -v arguments '%q ' "$@"
  arguments="${arguments//\\,/,}"
  tables "$name" "${arguments% }"
}

# What section by section is asked of a classic system: statistics of the training part only, and
# each speaker's own unlabelled recordings.
large='svm-rbf,ridge,lda'
both='training,speaker'
table emodb "$large,svm-linear,logistic-regression" --corpora emodb --protocol speaker --normalisation "$both"
table ravdess "$large" --corpora ravdess --protocol emobox --normalisation "$both"
table emovo "$large" --corpora emovo --protocol speaker --normalisation "$both"
table urdu "$large" --corpora urdu --protocol speaker --normalisation "$both"
# Without svm-rbf: its search takes hours on 7,442 recordings.
table crema-d ridge,lda --corpora crema-d --protocol speaker --normalisation "$both"

# URDU misses its bar. Is it the groups of speakers, the features, or the method?
table urdu-one-speaker-out svm-rbf,ridge --corpora urdu --protocol speaker \
  --protocol-options n_groups=29
table urdu-features svm-rbf,ridge --corpora urdu --protocol speaker \
  --features prosody,voice-quality,spectral,modulation
table urdu-classic 'ccser-svc,ccser-rf,ccser-knn,ccser-mlp' --corpora urdu --protocol speaker

# The ccser system's published pairs on clean corpora: its stored forest, MFCC, both directions,
# every label set of its sheet.
sets=(--label-set AS --label-set HS --label-set HNS --label-set AHS --label-set ANS
  --label-set AHNS --label-set AHNPS)
forest=(ccser-rf --features mfcc --seed 0,1,2,3,4 "${sets[@]}")
table ccser-emodb-to-ravdess --train emodb --test ravdess "${forest[@]}"
table ccser-ravdess-to-emodb --train ravdess --test emodb "${forest[@]}"
# The same with every recording's speech at one level: RAVDESS is 20 dB below EmoDB.
table ccser-emodb-to-ravdess-levelled --train emodb --test ravdess --level-db=-26 "${forest[@]}"
table ccser-ravdess-to-emodb-levelled --train ravdess --test emodb --level-db=-26 "${forest[@]}"

# What a leak is worth: the same machine under random folds, and with its scaler fitted before the
# folds are cut.
table leak-scaler ridge,svm-rbf,ccser-svc --corpora emodb --protocol speaker \
  --normalisation training,before-folds
table leak-random-folds svm-rbf,ridge,ccser-svc --corpora emodb --protocol shuffled-kfold
table leak-random-folds-ravdess svm-rbf,ridge,ccser-svc --corpora ravdess --protocol shuffled-kfold
table leak-urdu "$large" --corpora urdu --protocol emobox

# What the parts of the large set are worth.
table families-emodb ridge --corpora emodb --protocol speaker \
  --features prosody,voice-quality,spectral,modulation,paralinguistic-narrow,paralinguistic

# Arousal, valence and dominance of EmoTale (concordance correlation), and its five emotions.
if [ -d "$EMOVOX_CORPORA/emotale" ]; then
  for dimension in arousal valence dominance; do
    table "emotale-$dimension" ccser-svc,ccser-rf,ccser-knn --corpora emotale --protocol speaker \
      --features paralinguistic --dimension "$dimension"
  done
  table emotale svm-rbf,ridge,lda --corpora emotale --protocol speaker --option language=da \
    --normalisation "$both"
fi

# The classic methods of the ccser system, and the machines after Kurpukdee.
table ccser-emodb 'ccser-*' --corpora emodb --protocol speaker
table ccser-ravdess 'ccser-*' --corpora ravdess --protocol emobox
table kurpukdee-emodb 'svm-kurpukdee-*' --corpora emodb --protocol speaker
table kurpukdee-ravdess 'svm-kurpukdee-fbank-*' --corpora ravdess --protocol emobox
table leak-kurpukdee svm-kurpukdee-fbank-poly --corpora emodb --protocol shuffled-kfold
table kurpukdee-emodb-chosen svm-kurpukdee --corpora emodb --protocol speaker

# Every directed pair of five corpora, four emotions.
table cross-corpus ridge --corpora emodb,ravdess,emovo,urdu,crema-d --protocol cross-corpus \
  --label-set AHNS --features paralinguistic,paralinguistic-narrow --normalisation training,corpus

# The compact networks. Published protocol with the best epoch on the test fold; the same trainings
# at their last epoch; speakers apart, with the epoch chosen on held-out training speakers.
published='--set watch=test --set epoch=best'
last='--set watch=test --set epoch=last'
honest='--set watch=speakers --set epoch=best'
tim='--protocol shuffled-kfold --seed 46 --jobs 2'
tables inflation-tim-net-emodb \
  "tim-net --corpora emodb $tim $published" \
  "tim-net --corpora emodb $tim $last" \
  "tim-net --corpora emodb --protocol speaker --jobs 2 $honest"
# bfloat16 for LIGHT-SERNET: it halves the hours on two cores. With speakers apart it stops after
# 60 epochs that brought the held-out speakers nothing.
sernet='--protocol shuffled-kfold --seed 42 --jobs 2 --set precision=bfloat16'
tables inflation-light-sernet-emodb \
  "light-sernet --corpora emodb $sernet $published" \
  "light-sernet --corpora emodb $sernet $last" \
  "light-sernet --corpora emodb --protocol speaker --jobs 2 --set precision=bfloat16 $honest --set patience=60"
# Half the epochs: an epoch of RAVDESS holds three times the updates of EmoDB's, where nothing
# changes after the 250th.
tables inflation-tim-net-ravdess \
  "tim-net --corpora ravdess $tim --folds 3 --set epochs=250 $published" \
  "tim-net --corpora ravdess $tim --folds 3 --set epochs=250 $last" \
  "tim-net --corpora ravdess --protocol emobox --folds 3 --jobs 2 --set epochs=250 $honest"
tables inflation-light-sernet-ravdess \
  "light-sernet --corpora ravdess $sernet --folds 3 --set epochs=150 $published" \
  "light-sernet --corpora ravdess $sernet --folds 3 --set epochs=150 $last" \
  "light-sernet --corpora ravdess --protocol emobox --folds 3 --jobs 2 --set precision=bfloat16 --set epochs=150 $honest"
# What the parts of TIM-Net are worth, at the last epoch of the same three folds.
tables ablation-tim-net-emodb \
  "tim-net,tim-net-forward,tim-net-last-level,tim-net-mean-levels --corpora emodb $tim --folds 3 $last" \
  "tim-net,tim-net-forward,tim-net-last-level,tim-net-mean-levels --corpora emodb $tim --folds 3 $published"
table lstm-emodb lstm --corpora emodb --protocol speaker --jobs 2 \
  --set watch=speakers --set epoch=best --set patience=30
table lstm-ravdess lstm --corpora ravdess --protocol emobox --jobs 2 \
  --set watch=speakers --set epoch=best --set patience=30
# A hundred epochs of RepLKNet take days on two cores: 20, and three speakers of EmoDB.
table replknet-emodb replknet --corpora emodb --protocol speaker --folds 3 --jobs 2 --set epochs=20
table replknet-ravdess replknet --corpora ravdess --protocol emobox --folds 1 --set epochs=20
# A frozen encoder, Whisper base: single layers and five together, every recording's speech at one
# level.
encoder='--level-db=-26 --features whisper-base@2,whisper-base@3,whisper-base@1-5'
chosen='--level-db=-26 --features whisper-base@1-5 --set search=exhaustive'
if [ -n "${EMOVOX_ENCODERS:-}" ]; then
  for line in "emodb speaker" "ravdess emobox" "emovo speaker"; do
    on="--corpora ${line% *} --protocol ${line#* } --normalisation $both"
    tables "encoder-${line% *}" "encoder-lda,ridge $on $encoder"
    # Which of the five layers decide is chosen inside each training part.
    tables "encoder-${line% *}-chosen" "encoder-lda $on $chosen"
  done
  five='--level-db=-26 --features whisper-base@1-5'
  for name in crema-d urdu; do
    tables "encoder-$name" "encoder-lda --corpora $name --protocol speaker --normalisation $both $five"
  done
  # Every directed pair of five corpora, four emotions, as the table cross-corpus.
  tables encoder-cross-corpus "encoder-lda --corpora emodb,ravdess,emovo,urdu,crema-d --protocol cross-corpus --label-set AHNS --normalisation training,corpus $five"
fi
# Ours, and what its copies are worth: without them seven times the epochs, so as many updates.
table light-emodb light,ridge --corpora emodb --protocol speaker
table light-emodb-without-copies light --corpora emodb --protocol speaker --augment none \
  --set epochs=56
table light-ravdess light,ridge --corpora ravdess --protocol emobox
table light-ravdess-without-copies light --corpora ravdess --protocol emobox --augment none \
  --set epochs=56
