"""The least that a terminal can do: what comes in is printed as it is, above a line that is typed. URL MODEL"""

import asyncio
import json
import os
import sys
import tty

URL, MODEL = sys.argv[1:]
_, ROWS = os.get_terminal_size()
typed = bytearray()
asked: set[asyncio.Task[None]] = set()


def write(data: bytes) -> None:
    os.write(1, data)


async def ask(prompt: str) -> None:
    import httpx

    messages = [{"role": "user", "content": prompt}]
    request = {"model": MODEL, "stream": True, "messages": messages}
    async with (
        httpx.AsyncClient(timeout=None) as client,
        client.stream("POST", f"{URL}/v1/chat/completions", json=request) as response,
    ):
        async for line in response.aiter_lines():
            if line.startswith("data: {") and (choices := json.loads(line[6:])["choices"]):
                text = choices[0]["delta"].get("content", "").replace("\n", "\r\n")
                write(b"\x1b8%b\x1b7\x1b[%d;%dH" % (text.encode(), ROWS, 3 + len(typed)))


def key(loop: asyncio.AbstractEventLoop) -> None:
    for byte in os.read(0, 4096):
        if byte == 13:
            write(b"\x1b[%d;1H\x1b[K> \x1b[%d;1H\x1b7\x1b[%d;3H" % (ROWS, ROWS - 1, ROWS))
            asked.add(loop.create_task(ask(typed.decode())))
            typed.clear()
        elif byte == 127 and typed:
            typed.pop()
            write(b"\b \b")
        elif byte >= 32 and byte != 127:
            typed.append(byte)
            write(bytes([byte]))


async def main() -> None:
    tty.setraw(0)
    write(b"\x1b[2J\x1b[1;%dr\x1b[%d;1H> " % (ROWS - 1, ROWS))
    loop = asyncio.get_running_loop()
    loop.add_reader(0, key, loop)
    await asyncio.Event().wait()


asyncio.run(main())
