/**
 * What the host serves: all that this repository holds, found when it starts. `bp image build` puts the list itself in
 * place of this module, so that the image needs no repository.
 */
export const carried: URL = new URL('../../', import.meta.url);
