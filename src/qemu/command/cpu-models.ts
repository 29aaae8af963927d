/** CPU models and whose they are. Source: CPUConfig.pm of the original, QEMU's own list. */

const INTEL = `486 pentium pentium2 pentium3 coreduo core2duo Conroe Penryn Nehalem Nehalem-IBRS
 Westmere Westmere-IBRS SandyBridge SandyBridge-IBRS IvyBridge IvyBridge-IBRS Haswell Haswell-IBRS
 Haswell-noTSX Haswell-noTSX-IBRS Broadwell Broadwell-IBRS Broadwell-noTSX Broadwell-noTSX-IBRS
 Skylake-Client Skylake-Client-IBRS Skylake-Client-noTSX-IBRS Skylake-Client-v4 Skylake-Server
 Skylake-Server-IBRS Skylake-Server-noTSX-IBRS Skylake-Server-v4 Skylake-Server-v5
 Cascadelake-Server Cascadelake-Server-v2 Cascadelake-Server-noTSX Cascadelake-Server-v4
 Cascadelake-Server-v5 Cooperlake Cooperlake-v2 KnightsMill Icelake-Client Icelake-Client-noTSX
 Icelake-Server Icelake-Server-noTSX Icelake-Server-v3 Icelake-Server-v4 Icelake-Server-v5
 Icelake-Server-v6 Icelake-Server-v7 SapphireRapids SapphireRapids-v2 SapphireRapids-v3
 SapphireRapids-v4 SapphireRapids-v5 SapphireRapids-v6 GraniteRapids GraniteRapids-v2
 GraniteRapids-v3 GraniteRapids-v4 GraniteRapids-v5 SierraForest SierraForest-v2 SierraForest-v3
 SierraForest-v4 SierraForest-v5 ClearwaterForest ClearwaterForest-v2 ClearwaterForest-v3
 DiamondRapids`;

const AMD = `athlon phenom Opteron_G1 Opteron_G2 Opteron_G3 Opteron_G4 Opteron_G5 EPYC EPYC-IBPB
 EPYC-v3 EPYC-v4 EPYC-v5 EPYC-Rome EPYC-Rome-v2 EPYC-Rome-v3 EPYC-Rome-v4 EPYC-Rome-v5 EPYC-Milan
 EPYC-Milan-v2 EPYC-Milan-v3 EPYC-Genoa EPYC-Genoa-v2 EPYC-Turin`;

const GENERIC = 'kvm32 kvm64 qemu32 qemu64 max';

const ARM = `a64fx cortex-a35 cortex-a53 cortex-a55 cortex-a57 cortex-a710 cortex-a72 cortex-a76
 cortex-a78ae neoverse-n1 neoverse-n2 neoverse-v1`;

/** No 64-bit mode, so no UEFI of ours runs on them. */
const BITS_32 = '486 pentium pentium2 pentium3 coreduo athlon kvm32 qemu32'.split(' ');

function has(list: string, model: string): boolean {
  return list.split(/\s+/).includes(model);
}

/**
 * Vendor a model reports, `default` for one that has none of its own; undefined for a model that
 * does not exist. `native`: the host's own processor can be passed through.
 */
export function cpuVendorOf(model: string, arch: string, native: boolean): string | undefined {
  if (model === 'host') return native ? 'default' : undefined;
  if (arch === 'aarch64') {
    if (model === 'max') return 'default';
    return has(ARM, model) ? 'ARM' : undefined;
  }
  if (has(GENERIC, model)) return 'default';
  if (has(INTEL, model)) return 'GenuineIntel';
  return has(AMD, model) ? 'AuthenticAMD' : undefined;
}

/** Is it a name some architecture has, `host` and the feature levels among them? */
export function isBuiltInModel(model: string): boolean {
  return (
    model === 'host' ||
    Object.hasOwn(LEVELS, model) ||
    [INTEL, AMD, GENERIC, ARM].some((list) => has(list, model))
  );
}

export function is32Bit(model: string): boolean {
  return BITS_32.includes(model);
}

const V2 = '+popcnt;+pni;+sse4.1;+sse4.2;+ssse3';
const V3 = `+aes;${V2};+avx;+avx2;+bmi1;+bmi2;+f16c;+fma;+abm;+movbe;+xsave`;

/** Models QEMU does not know by these names: feature levels of the x86-64 psABI on top of qemu64. */
const LEVELS: Record<string, string> = {
  'x86-64-v2': V2,
  'x86-64-v2-AES': `+aes;${V2}`,
  'x86-64-v3': V3,
  'x86-64-v4': `${V3};+avx512f;+avx512bw;+avx512cd;+avx512dq;+avx512vl`,
};

export function featureLevel(
  model: string,
  arch: string,
): { model: string; flags: string } | undefined {
  if (arch !== 'x86_64' || !Object.hasOwn(LEVELS, model)) return undefined;
  return { model: 'qemu64', flags: LEVELS[model]! };
}

/** There never was an Icelake for clients: its name means the server's. */
export function replacedModel(model: string): string {
  return model.replace(/^Icelake-Client(-noTSX)?$/, 'Icelake-Server$1');
}
