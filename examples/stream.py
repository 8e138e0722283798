"""Send sound to a server while it is spoken, and print what comes back.

    emovox serve &
    python examples/stream.py [ADDRESS [FILE]]

The address is ws://127.0.0.1:8321/v1/stream unless given; the file, by default a demo clip
(synthetic speech), is sent at the pace at which it was spoken.
"""

from __future__ import annotations

import asyncio
import json
import sys

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from emovox.audio import read
from emovox.demo.clips import clip_paths

ADDRESS = "ws://127.0.0.1:8321/v1/stream"


async def speak(server: ClientConnection, path: str) -> None:
    """Send a recording as 16-bit little-endian samples, 50 ms at a time, and say goodbye."""
    sound = read(path)
    samples = np.clip(sound.samples * 32767, -32768, 32767).astype("<i2")
    for piece in np.array_split(samples, max(round(sound.duration_s / 0.05), 1)):
        await server.send(piece.tobytes())
        await asyncio.sleep(piece.size / sound.sample_rate)
    await asyncio.sleep(0.5)  # the last answers are on their way
    await server.close()


async def main(address: str = ADDRESS, path: str = str(clip_paths()[0])) -> None:
    """Print each score until the recording has been spoken."""
    async with connect(address) as server:
        await server.send(json.dumps({"sample_rate": 16_000}))  # that of emovox.audio.read
        speaking = asyncio.create_task(speak(server, path))
        async for text in server:
            message = json.loads(text)
            if message["type"] == "score":
                print(f"{message['end']:6.2f} s  {message['emotion'] or 'no speech'}")
            elif message["type"] == "error":
                print(f"{message['code']}: {message['message']}")
        speaking.cancel()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
