/** What the tests read objects with. */
export { statusWhenReady } from '../../../lib/render/become-ready.ts';
export {
  annotationOf,
  COMPOSITE_LABEL,
  labelOf,
  listAt,
  nameOf,
  objectAt,
  objectKey,
  textAt,
  uidOf,
} from '../../../lib/render/objects.ts';
