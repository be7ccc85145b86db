"""Asks a Modbus TCP relay on the given port through pymodbus, and prints what it heard as JSON."""
import json
import sys

from pymodbus.client import ModbusTcpClient
from pymodbus.mei_message import ReadDeviceInformationRequest

UNIT = 255

client = ModbusTcpClient("127.0.0.1", port=int(sys.argv[1]), timeout=5)
assert client.connect()


def bits(response):
    return [int(bit) for bit in response.bits[:8]] if not response.isError() else response.exception_code


heard = {"before": bits(client.read_coils(0, 8, slave=UNIT))}
written = client.write_coil(2, True, slave=UNIT)
heard["written"] = [written.address, written.value]
if len(sys.argv) > 2:
    import time

    time.sleep(float(sys.argv[2]))
heard["after"] = bits(client.read_coils(0, 8, slave=UNIT))
heard["one"] = int(client.read_coils(2, 1, slave=UNIT).bits[0])
heard["beyond"] = bits(client.read_coils(7, 2, slave=UNIT))
heard["unknown"] = client.read_holding_registers(0, 1, slave=UNIT).exception_code
said = client.execute(ReadDeviceInformationRequest(0x01, 0x00, slave=UNIT))
heard["identity"] = [text.decode() for text in said.information.values()]
client.close()
print(json.dumps(heard))
