import { describe, expect, it } from 'vitest';
import { unitFailure } from '../../../src/qemu/runtime/launch.js';

const shown = (state: string, result: string, exec: string) =>
  `Result=${result}\nExecStart={ path=/usr/bin/qemu-system-x86_64 ; argv[]=/usr/bin/qemu-system-x86_64 -name vm100 ; ignore_errors=no ; ${exec} }\nActiveState=${state}\n`;

describe('the unit of a VM', () => {
  it('tells a QEMU that did not come up before its stop hook is through', () => {
    const exited = 'start_time=[x] ; stop_time=[x] ; pid=264 ; code=exited ; status=1';
    const killed = 'start_time=[x] ; stop_time=[x] ; pid=264 ; code=killed ; status=9/KILL';
    const running = 'start_time=[x] ; stop_time=[n/a] ; pid=264 ; code=(null) ; status=0/0';
    expect(unitFailure(shown('activating', 'success', running))).toBeUndefined();
    expect(unitFailure(shown('active', 'success', running))).toBeUndefined();
    expect(unitFailure(shown('inactive', 'success', running))).toBeUndefined();
    expect(unitFailure(shown('deactivating', 'exit-code', exited))).toBe(1);
    expect(unitFailure(shown('failed', 'signal', killed))).toBe(9);
    expect(unitFailure(shown('deactivating', 'timeout', running))).toBe('timeout');
  });

  it('that ends at once after it came up is no failed start', () => {
    const exited = 'start_time=[x] ; stop_time=[x] ; pid=264 ; code=exited ; status=0';
    expect(unitFailure(shown('deactivating', 'success', exited))).toBeUndefined();
  });
});
