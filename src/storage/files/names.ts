/** Volume names of directory storages. Source: Plugin.pm parse_volname and the patterns of Storage.pm. */
import { PaveError } from '../../errors.js';
import type { ContentType, ParsedVolname } from '../types.js';

const SAFE = '[a-zA-Z0-9\\-.+=_]';
const SAFE_BLANK = '[ a-zA-Z0-9\\-.+=_]';
const ISO = '\\.(?:[iI][sS][oO]|[iI][mM][gG])';
const TEMPLATE =
  '\\.(?:[tT][aA][rR](?!\\.)|[tT][aA][rR]\\.(?:[gG][zZ]|[xX][zZ]|[zZ][sS][tT]|[bB][zZ]2))';
/** `vma-inc` is ours: an increment, which the original's tools must not take for a whole backup. */
const BACKUP = '\\.(?:tgz|(?:tar|vma|vma-inc)(?:\\.(?:gz|lzo|zst|bz2))?)';
const IMPORT = '\\.(ova|ovf|qcow2|raw|vmdk)';

/** File names in the folder of a content type, anchored. */
export const FILE_NAMES: Partial<Record<ContentType, RegExp>> = {
  iso: new RegExp(`^[^/]+${ISO}$`),
  vztmpl: new RegExp(`^[^/]+${TEMPLATE}$`),
  backup: new RegExp(`^[^/]+${BACKUP}$`),
  // The original takes `..` for one, too.
  snippets: /^(?!\.{1,2}$)[^/]+$/,
  import: new RegExp(`^${SAFE}+${IMPORT}$`),
};

const PACKED = new RegExp(`^import/(${SAFE_BLANK}+\\.ova/${SAFE_BLANK}+\\.(qcow2|raw|vmdk))$`);
const IMPORTED = new RegExp(`^import/(${SAFE_BLANK}+${IMPORT})$`);

/** An image's file name. @throws PaveError where it is none */
export function parseImageName(name: string): { name: string; format: string; isBase: boolean } {
  const owned = /^(vm-|base-|subvol-)(\d+)-[^/\s]+\.(raw|qcow2|vmdk|subvol)$/.exec(name);
  if (owned !== null) return { name, format: owned[3]!, isBase: owned[1] === 'base-' };
  if (/^snap-.*\.qcow2$/.test(name))
    throw new PaveError(`'${name}' is a snapshot filename, not a volume!`);
  const other = /^(base-)?[^/\s]+\.(raw|qcow2|vmdk|subvol)$/.exec(name);
  if (other === null) throw new PaveError(`unable to parse volume filename '${name}'`);
  return { name, format: other[2]!, isBase: other[1] !== undefined };
}

/** @throws PaveError `unable to parse directory volume name '…'` */
export function parseDirVolname(volname: string): ParsedVolname {
  const linked = /^(\d+)\/(\S+)\/(\d+)\/(\S+)$/.exec(volname);
  if (linked !== null) {
    parseImageName(linked[2]!);
    const image = parseImageName(linked[4]!);
    return {
      vtype: 'images',
      name: image.name,
      vmid: Number(linked[3]),
      basename: linked[2]!,
      basevmid: Number(linked[1]),
      isBase: image.isBase,
      format: image.format,
    };
  }
  const own = /^(\d+)\/(\S+)$/.exec(volname);
  if (own !== null) {
    const image = parseImageName(own[2]!);
    return {
      vtype: 'images',
      name: image.name,
      vmid: Number(own[1]),
      isBase: image.isBase,
      format: image.format,
    };
  }
  const packed = PACKED.exec(volname);
  if (packed !== null) return { vtype: 'import', name: packed[1]!, format: `ova+${packed[2]}` };
  const imported = IMPORTED.exec(volname);
  if (imported !== null) return { vtype: 'import', name: imported[1]!, format: imported[2]! };
  const slash = volname.indexOf('/');
  const folder = volname.slice(0, slash) as ContentType;
  const name = volname.slice(slash + 1);
  if (folder !== 'import' && slash > 0 && FILE_NAMES[folder]?.test(name)) {
    const owner =
      folder === 'backup' ? /^vzdump-(?:openvz|lxc|qemu)-(\d+)-.+/.exec(name)?.[1] : undefined;
    return {
      vtype: folder,
      name,
      ...(owner === undefined ? {} : { vmid: Number(owner) }),
      format: 'raw',
    };
  }
  throw new PaveError(`unable to parse directory volume name '${volname}'`);
}
