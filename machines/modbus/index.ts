import type { EquipmentType } from '../driver.ts';
import { openTcpLink } from '../links/tcp.ts';
import { openModbusSwitch } from './driver.ts';
import { type ModbusSwitchSettings, modbusSwitchSettingsSchema } from './settings.ts';

/** One coil of a Modbus TCP relay that switches something on and off: an extractor, a pump, a lamp. */
export const modbusSwitch: EquipmentType<ModbusSwitchSettings> = {
  type: 'modbus-switch',
  title: 'Switch on a Modbus TCP relay',
  profile: 'switch',
  settings: modbusSwitchSettingsSchema,
  capabilities: [{ name: 'switch' }],
  stopPath: 'realtime',
  abortCategory: 0,
  simulator: 'machines/modbus/simulator.ts',
  simulatorArguments: [],
  locality: () => 'network',
  open(context) {
    const { settings, fence, clock } = context;
    return openModbusSwitch(context, listener => openTcpLink({ ...settings, fence, clock, random: Math.random }, listener));
  },
};
