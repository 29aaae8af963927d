/**
 * The `qemu-img convert` call that copies a volume, as data in and an argument list out. Source:
 * QemuServer/QemuImage.pm of the original.
 */
import { PaveError } from '../../errors.js';
import { parseBoolean } from '../../schema/boolean.js';
import { type NamingFacts, namingOf } from '../../storage/naming/index.js';
import type { SnapshotMethod, StorageSection } from '../../storage/types.js';

export interface ConvertRequest {
  source: {
    /** Path or URL. */
    path: string;
    /** Undefined: QEMU finds out. */
    format?: string | undefined;
    storageType?: string | undefined;
    snapshotMethod?: SnapshotMethod | undefined;
  };
  target: {
    path: string;
    format: string;
    storageType: string;
    /** Its snapshots are volumes of their own: discarded clusters must stay where they are. */
    chained: boolean;
  };
  /** Copy the volume as it was then. */
  snapshot?: string | undefined;
  /** KiB/s. */
  bwlimit?: number | undefined;
  /** The target reads as zeroes: zeroes need not be written. */
  zeroInitialized?: boolean | undefined;
  /** Stock QEMU has no `zeroinit` driver; it is told by an option instead. */
  flavour: 'pve' | 'stock';
  /** Name of this machine towards iSCSI targets. */
  initiatorName?: string | undefined;
}

/** @throws PaveError where a path cannot be opened that way */
export function convertCommand(request: ConvertRequest): string[] {
  const { source, target, snapshot } = request;
  const argv = ['/usr/bin/qemu-img', 'convert', '-p', '-n'];
  if (snapshot !== undefined && source.format === 'qcow2' && source.snapshotMethod === 'qemu')
    argv.push('-l', `snapshot.name=${snapshot}`);
  if (target.storageType === 'zfspool') argv.push('-t', 'none');
  if (source.storageType === 'zfspool') argv.push('-T', 'none');
  if (request.bwlimit !== undefined) argv.push('-r', `${request.bwlimit}K`);

  let from = source.path;
  if (isIscsi(from)) {
    argv.push('--image-opts');
    from = iscsiOptions(from, request.initiatorName);
  } else if (source.format !== undefined) argv.push('-f', source.format);

  const zero = request.zeroInitialized === true;
  let to = target.path;
  if (isIscsi(to)) {
    argv.push('--target-image-opts');
    to = iscsiOptions(to, request.initiatorName);
  } else if (target.chained && target.format === 'qcow2') {
    argv.push('--target-image-opts');
    to = chainedOptions(to, zero && request.flavour === 'pve');
  } else {
    argv.push('-O', target.format);
    if (zero && request.flavour === 'pve') to = `zeroinit:${to}`;
  }
  if (zero && request.flavour === 'stock') argv.push('--target-is-zero');
  argv.push(from, to);
  return argv;
}

function isIscsi(path: string): boolean {
  return path.startsWith('iscsi://');
}

function iscsiOptions(path: string, initiator = ''): string {
  const match = /^iscsi:\/\/([^/]+)\/([^/]+)\/(.+)$/.exec(path);
  if (match === null) throw new PaveError(`cannot convert iscsi path '${path}', unknown format`);
  const [, portal, target, lun] = match;
  return `file.driver=iscsi,file.transport=tcp,file.initiator-name=${initiator},file.portal=${portal},file.target=${target},file.lun=${lun},driver=raw`;
}

/** Without `discard-no-unref` the image may outgrow the volume it lies on. */
function chainedOptions(path: string, zeroinit: boolean): string {
  const at = zeroinit ? 'file.' : '';
  const driver = path.startsWith('/dev/') ? 'host_device' : 'file';
  return [
    ...(zeroinit ? ['driver=zeroinit'] : []),
    `${at}discard-no-unref=true`,
    `${at}driver=qcow2`,
    `${at}file.driver=${driver}`,
    // A comma would begin the next option.
    `${at}file.filename=${path.replace(/,/g, ',,')}`,
  ].join(',');
}

/** What is to be copied, by names. */
export interface ConvertNames {
  /** A volume id, or the path of a file or block device. */
  source: string;
  target: string;
  /** Format of a source that is no volume. */
  sourceFormat?: string | undefined;
  snapshot?: string | undefined;
}

export interface ConvertEnvironment {
  storages: ReadonlyMap<string, StorageSection>;
  /** Is it a file or a block device? */
  exists: (path: string) => boolean;
  facts?: (storage: StorageSection) => NamingFacts;
}

const QEMU_FORMATS = /^(?:raw|qcow|qcow2|qed|vmdk|cloop)$/;

/** Both ends of a copy from their names. @throws PaveError */
export function resolveEnds(
  names: ConvertNames,
  environment: ConvertEnvironment,
): Pick<ConvertRequest, 'source' | 'target' | 'snapshot'> {
  const { snapshot } = names;
  const target = locateEnd(names.target, environment);
  if (target === undefined)
    throw new PaveError(`destination '${names.target}' is not a valid volid form qemu-img convert`);
  const { storage, volname, naming, format } = target;
  const facts = environment.facts?.(storage);
  return {
    snapshot,
    source: resolveSource(names, environment),
    target: {
      path: naming.path(storage, volname, undefined, facts),
      format,
      storageType: storage.type,
      chained: parseBoolean(storage.values.get('snapshot-as-volume-chain') ?? '0') === 1,
    },
  };
}

function resolveSource(
  names: ConvertNames,
  environment: ConvertEnvironment,
): ConvertRequest['source'] {
  const found = locateEnd(names.source, environment);
  if (found !== undefined) {
    const { storage, volname, naming, format } = found;
    const path = naming.path(storage, volname, names.snapshot, environment.facts?.(storage));
    const snapshotMethod = naming.snapshotMethod(storage, volname);
    return { path, format, storageType: storage.type, snapshotMethod };
  }
  if (!environment.exists(names.source))
    throw new PaveError(
      `source '${names.source}' is not a valid volid nor path for qemu-img convert`,
    );
  const format = names.sourceFormat ?? /\.(raw|qcow2|qcow|qed|vmdk|cloop)$/.exec(names.source)?.[1];
  return { path: names.source, format };
}

/** Undefined where it is no volume id. */
function locateEnd(name: string, environment: ConvertEnvironment) {
  const match = /^([a-z][a-z0-9\-_.]*[a-z0-9]):(.+)$/i.exec(name);
  if (match === null) return undefined;
  const [, storeid, volname] = match as unknown as [string, string, string];
  const storage = environment.storages.get(storeid);
  if (storage === undefined) throw new PaveError(`storage '${storeid}' does not exist`);
  const naming = namingOf(storage.type);
  const format = naming.parseVolname(volname).format ?? 'raw';
  if (!QEMU_FORMATS.test(format))
    throw new PaveError(`volume '${name}' - not a QEMU image format '${format}'`);
  return { storage, volname, naming, format };
}
