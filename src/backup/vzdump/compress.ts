/** The program an archive goes through. Source: VZDump.pm compressor_info. */
import type { Host } from '../../host/types.js';
import type { Settings } from './settings.js';

export interface Compressor {
  argv: string[];
  /** Behind `.vma` or `.tar`. */
  extension: 'lzo' | 'gz' | 'zst';
}

/** Undefined where nothing is compressed; `cpus` of the machine, for thread counts that depend on it. */
export function compressorOf(
  settings: Pick<Settings, 'compress' | 'pigz' | 'zstd'>,
  cpus: number,
): Compressor | undefined {
  const half = Math.floor((cpus + 1) / 2);
  switch (settings.compress) {
    case '0':
      return undefined;
    case '1':
    case 'lzo':
      return { argv: ['lzop'], extension: 'lzo' };
    case 'gzip': {
      if (settings.pigz <= 0) return { argv: ['gzip', '--rsyncable'], extension: 'gz' };
      const threads = settings.pigz === 1 ? half : settings.pigz;
      return { argv: ['pigz', '-p', `${threads}`, '--rsyncable'], extension: 'gz' };
    }
    case 'zstd': {
      const threads = settings.zstd === 0 ? half : settings.zstd;
      return { argv: ['zstd', `--threads=${threads}`], extension: 'zst' };
    }
  }
}

export function cpuCount(host: Host): number {
  return (host.files.read('/proc/cpuinfo') ?? '').match(/^processor\s*:/gm)?.length ?? 1;
}
