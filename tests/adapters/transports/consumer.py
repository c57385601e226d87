"""An engine in miniature, to be killed: commits what it is given to a file, then acknowledges it.

python consumer.py URL CLIENT_ID FILE
"""

import asyncio
import os
import sys
from pathlib import Path

from em_engine.ingest.inbox import Flow
from em_engine.ingest.mqtt import MqttSettings, MqttTransport


async def consume(url: str, client_id: str, journal: Path) -> None:
    settings = MqttSettings(url=url, client_id=client_id, retry_first_s=0.02)
    with journal.open("ab") as file:
        async with MqttTransport(settings, flow=Flow(batch_max=7, in_flight_max=200)) as transport:
            async for batch in transport.batches():
                for delivery in batch:
                    file.write(delivery.payload + b"\n")
                file.flush()
                os.fsync(file.fileno())
                await transport.acknowledge(batch)


if __name__ == "__main__":
    asyncio.run(consume(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
