"""A Modbus TCP relay by pymodbus: says its port, then "coil N" for each command line that asks ("read" or "write 0|1")."""
import asyncio
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.device import ModbusDeviceIdentification
from pymodbus.server.async_io import ModbusTcpServer

COIL = 3
UNIT = 17


async def main():
    block = ModbusSequentialDataBlock(0, [False] * 16)
    slave = ModbusSlaveContext(co=block, zero_mode=True)
    context = ModbusServerContext(slaves={UNIT: slave}, single=False)
    identity = ModbusDeviceIdentification(info_name={"VendorName": "Acme", "ProductCode": "R16", "MajorMinorRevision": "2.7"})
    server = ModbusTcpServer(context, identity=identity, address=("127.0.0.1", 0), ignore_missing_slaves=True)
    serving = asyncio.ensure_future(server.serve_forever())
    await server.serving
    print("port", server.server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        word, *rest = line.split()
        if word == "write":
            slave.setValues(5, COIL, [rest[0] == "1"])
        print("coil", int(slave.getValues(1, COIL, 1)[0]), flush=True)
    serving.cancel()


asyncio.run(main())
