import { describe, expect, it } from 'vitest';
import { parseGuestConfig } from '../../../src/config/guest-config.js';
import { writeGuestConfig } from '../../../src/config/guest-config-write.js';
import { applyPending } from '../../../src/qemu/pending.js';

/** The file after its pending changes have taken effect on a stopped guest, and what is to be removed. */
function applied(text: string): { text: string; free: string[] } {
  const config = parseGuestConfig('qemu', text);
  const { free } = applyPending(config, { running: false });
  return { text: writeGuestConfig(config), free };
}

const DISK = 'local:100/vm-100-disk-';

describe('a disk that is taken away', () => {
  it('gets the number of an unused one that is attached in the same change', () => {
    const { text, free } = applied(
      `scsi0: ${DISK}0.raw\nunused0: ${DISK}1.raw\n\n[PENDING]\nscsi0: ${DISK}1.raw\n`,
    );
    expect(text).toBe(`scsi0: ${DISK}1.raw\nunused0: ${DISK}0.raw\n`);
    expect(free).toEqual([]);
  });

  it('is unused, also when a snapshot still needs it', () => {
    const snapshot = `\n[before]\nscsi0: ${DISK}0.raw\nsnaptime: 1700000000\n`;
    const { text } = applied(`scsi0: ${DISK}0.raw\n\n[PENDING]\ndelete: scsi0\n${snapshot}`);
    expect(text).toBe(`unused0: ${DISK}0.raw\n${snapshot}`);
  });

  it('is not unused when it moves to another key', () => {
    const { text } = applied(
      `scsi0: ${DISK}0.raw,size=1G\n\n[PENDING]\ndelete: scsi0\nscsi1: ${DISK}0.raw,size=1G\n`,
    );
    expect(text).toBe(`scsi1: ${DISK}0.raw,size=1G\n`);
  });

  it('is not removed by force while another key or a snapshot has it', () => {
    const moved = applied(
      `scsi0: ${DISK}0.raw\n\n[PENDING]\ndelete: !scsi0\nscsi1: ${DISK}0.raw\n`,
    );
    expect(moved.free).toEqual([]);
    const kept = applied(
      `scsi0: ${DISK}0.raw\n\n[PENDING]\ndelete: !scsi0\n\n[before]\nscsi0: ${DISK}0.raw\nsnaptime: 1\n`,
    );
    expect(kept.free).toEqual([]);
    expect(applied(`scsi0: ${DISK}0.raw\n\n[PENDING]\ndelete: !scsi0\n`).free).toEqual([
      `${DISK}0.raw`,
    ]);
  });
});
