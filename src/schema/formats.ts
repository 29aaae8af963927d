/** The named formats: registering, looking up, checking. The formats themselves are in formats/. */
export { accepts, type FormatCheck } from './formats/check.js';
export { CONFIGID_RE, TAG_RE } from './formats/ids.js';
export { IP_RE, IPV4_RE, IPV6_RE, netmaskBits, parseHostAndPort } from './formats/net.js';
export { isVolumeId } from './formats/storage.js';
export {
  getFormat,
  propertyFormatOf,
  registerFamily,
  registerFormat,
  registerPropertyFormat,
} from './registry.js';
export { checkFormat, fitsFormat } from './validate.js';
