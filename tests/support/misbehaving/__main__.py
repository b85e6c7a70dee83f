"""The server by itself, until ctrl+c: `python -m tests.support.misbehaving [PORT]`."""

import asyncio
import sys

from tests.support.misbehaving.dialects import DIALECTS
from tests.support.misbehaving.server import FAULTS, Misbehaving


async def main(port: int) -> None:
    async with Misbehaving(port) as server:
        print("\n".join(FAULTS))
        for name, dialect in DIALECTS.items():
            print(f'[providers.bad-{name}]\nbase_url = "{server.url}{dialect.base}"\napi = "{name}"\n')
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
    except KeyboardInterrupt:
        sys.exit(130)
