"""The same model behind a plain FastAPI handler with librosa, as such services are written.

It decodes with librosa and answers with the scores; it has no limits, no queue, no speech
detection, no test of how unlike the training data a recording is.
"""

from __future__ import annotations

import io
from typing import Annotated, Any

import librosa
import numpy as np
from fastapi import FastAPI, File, UploadFile

from emovox.features.front_end import FrontEnd
from emovox.models import load

app = FastAPI()
model = load(None)
front_end = FrontEnd.from_settings(model.front_end)


@app.post("/v1/predict")
async def predict(file: Annotated[UploadFile, File()]) -> dict[str, Any]:
    samples, _ = librosa.load(io.BytesIO(await file.read()), sr=16_000)
    scores = model.scores(front_end.vector(samples)[np.newaxis])[0]
    ranked = sorted(zip(model.labels, map(float, scores), strict=True), key=lambda each: -each[1])
    return {"emotion": ranked[0][0], "scores": dict(ranked)}


@app.get("/health")
async def health() -> dict[str, bool]:
    return {"ok": True}
