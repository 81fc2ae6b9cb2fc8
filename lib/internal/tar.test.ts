import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from './digest.ts';
import { gunzip, gzip } from './gzip.ts';
import { checksum, writeTar } from './tar.ts';
import { readTar } from './untar.ts';

const SEED = 20_261_121;

describe('writeTar', () => {
  test('golden: these files are these bytes, on every machine and Node', () => {
    const tar = writeTar([
      { path: 'b/ä.yaml', content: 'kind: B\n' },
      { path: 'B', content: '' },
      { path: 'a.sh', content: '#!/bin/sh\n', executable: true },
    ]);
    expect(tar.length).toBe(3584); // three headers, two blocks of content, two blocks of end
    expect(sha256(tar)).toMatchInlineSnapshot(
      `"sha256:8a9239956e243d3954288965231eeab485cc6faa3defe96a7cb821f02a4f73bd"`,
    );
    expect(sha256(gzip(tar))).toMatchInlineSnapshot(
      `"sha256:6e3466a24178628354017ff400eba324ca9543c0a9a4055bea99960b6a5c4366"`,
    );
    expect([...gzip(tar).subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
  });

  test('order of arguments and composed or decomposed names do not matter', () => {
    const a = { path: 'caf\u00e9', content: 'x' };
    const b = { path: 'z', content: 'y' };
    expect(writeTar([b, { ...a, path: 'cafe\u0301' }])).toEqual(writeTar([a, b]));
  });

  test.for([
    '',
    '/a',
    '../a',
    'a/../b',
    'a//b',
    './a',
    'a/',
    'a\\b',
    'a\0b',
    'C:/a',
    `${'x'.repeat(101)}`,
    `${'d/'.repeat(150)}x`,
  ])('path %j is refused', (path) => {
    expect(() => writeTar([{ path, content: '' }])).toThrow(/Cannot pack/);
  });

  test('a path of two hundred bytes is split over prefix and name', () => {
    const path = `${'d'.repeat(120)}/${'n'.repeat(90)}`;
    expect(readTar(writeTar([{ path, content: 'x' }]), 'a').map((f) => f.path)).toEqual([path]);
  });

  test('what is written is read again', () => {
    const name = fc.stringMatching(/^[a-zä-ü0-9_-]{1,20}$/);
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((p) => p.join('/').normalize('NFC'));
    const entry = fc.record({ path, content: fc.uint8Array({ maxLength: 1500 }), executable: fc.boolean() });
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: (e) => e.path, maxLength: 8 }), (entries) => {
        const back = readTar(gunzip(gzip(writeTar(entries)), 'a'), 'a');
        const sorted = [...entries].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
        expect(back).toEqual(sorted.map((e) => ({ ...e, content: new Uint8Array(e.content) })));
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});

/** A header with any name and type, its checksum right. */
function raw(name: string, type: string, content: string | Buffer = '', size?: number): Buffer {
  const body = Buffer.from(content);
  const head = Buffer.alloc(512);
  head.write(name, 0);
  head.write('0000644\0', 100);
  head.write(`${(size ?? body.length).toString(8).padStart(11, '0')}\0`, 124);
  head.write('        ', 148);
  head.write(type, 156);
  head.write('ustar\x0000', 257);
  head.write(`${checksum(head).toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([head, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}
const END = Buffer.alloc(1024);
const pax = (key: string, value: string): Buffer => {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest) + 1;
  while (String(length).length + Buffer.byteLength(rest) !== length) length++;
  return raw('pax', 'x', `${length}${rest}`);
};

describe('readTar', () => {
  const refused: Record<
    string,
    { reason: string; tar: Buffer; limits?: Parameters<typeof readTar>[2]; code: string }
  > = {
    DotDot: { reason: 'leaves the directory', tar: raw('../x', '0'), code: 'invalid' },
    Absolute: { reason: 'absolute', tar: raw('/etc/passwd', '0'), code: 'invalid' },
    Backslash: { reason: 'a separator on Windows', tar: raw('a\\..\\b', '0'), code: 'invalid' },
    Drive: { reason: 'absolute on Windows', tar: raw('C:/x', '0'), code: 'invalid' },
    DirectoryDotDot: { reason: 'directories count too', tar: raw('a/../../b/', '5'), code: 'invalid' },
    Symlink: { reason: 'a link may point outside', tar: raw('a', '2'), code: 'invalid' },
    Hardlink: { reason: 'so may a hard link', tar: raw('a', '1'), code: 'invalid' },
    Device: { reason: 'no devices', tar: raw('a', '3'), code: 'invalid' },
    Twice: {
      reason: 'the second would win in one reader only',
      tar: Buffer.concat([raw('a', '0'), raw('./a', '0')]),
      code: 'invalid',
    },
    PaxDotDot: {
      reason: 'a pax path is a path',
      tar: Buffer.concat([pax('path', '../x'), raw('a', '0')]),
      code: 'invalid',
    },
    PaxNul: {
      reason: 'a NUL cuts a name in C',
      tar: Buffer.concat([pax('path', 'a\0b'), raw('a', '0')]),
      code: 'invalid',
    },
    PaxLink: {
      reason: 'no links by pax either',
      tar: Buffer.concat([pax('linkpath', '/x'), raw('a', '0')]),
      code: 'invalid',
    },
    PaxSize: {
      reason: 'a size beyond the archive',
      tar: Buffer.concat([pax('size', '99999999'), raw('a', '0')]),
      code: 'invalid',
    },
    PaxGarbage: {
      reason: 'a record that lies about its length',
      tar: raw('p', 'x', '999 path=a\n'),
      code: 'invalid',
    },
    PaxZero: {
      reason: 'a record of length 0 must not loop',
      tar: raw('p', 'x', '0 path=a\n'),
      code: 'invalid',
    },
    GnuDotDot: {
      reason: 'a GNU long name is a path',
      tar: Buffer.concat([raw('l', 'L', '../x\0'), raw('a', '0')]),
      code: 'invalid',
    },
    HugeExtension: {
      reason: 'extensions are bounded',
      tar: raw('l', 'L', Buffer.alloc(70_000, 'a')),
      code: 'limit',
    },
    Checksum: {
      reason: 'a broken header, all else right',
      tar: Buffer.concat([Buffer.from('b'), raw('a', '0').subarray(1)]),
      code: 'invalid',
    },
    Noise: { reason: 'no header at all', tar: Buffer.alloc(512, 1), code: 'invalid' },
    Truncated: { reason: 'content that is not there', tar: raw('a', '0', '', 5000), code: 'invalid' },
    TooMany: {
      reason: 'entries are counted',
      tar: Buffer.concat([raw('a', '0'), raw('b', '0')]),
      limits: { maxEntries: 1 },
      code: 'limit',
    },
    TooLarge: { reason: 'bytes are counted', tar: raw('a', '0'), limits: { maxBytes: 600 }, code: 'limit' },
    NotUtf8: {
      reason: 'names are UTF-8',
      tar: Buffer.concat([raw('l', 'L', Buffer.from([0xff, 0xfe])), raw('a', '0')]),
      code: 'invalid',
    },
  };
  test.for(Object.entries(refused))('refuses %s', ([, tc]) => {
    expect(() => readTar(Buffer.concat([tc.tar, END]), 'it', tc.limits)).toThrow(
      expect.objectContaining({ code: tc.code }),
    );
  });

  test('an archive without its end is refused', () => {
    expect(() => readTar(raw('a', '0', 'x'), 'it')).toThrow(/its end is missing/);
  });

  test('pax and GNU long names, directories and "./" are understood', () => {
    const long = 'd/'.repeat(80);
    const tar = Buffer.concat([
      raw('./', '5'),
      pax('path', `${long}ä`),
      raw('short', '0', 'one'),
      raw('l', 'L', `${long}g\0`),
      raw('s', '0', 'two'),
      raw('./c', '0', 'three'),
      END,
    ]);
    expect(readTar(tar, 'it').map((f) => [f.path, Buffer.from(f.content).toString()])).toEqual([
      [`${long}ä`, 'one'],
      [`${long}g`, 'two'],
      ['c', 'three'],
    ]);
  });

  test('random bytes never do anything but throw our error', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 0, maxLength: 3000 }),
        fc.nat(511),
        fc.nat(255),
        (noise, at, value) => {
          const tar = Buffer.concat([raw('a', '0', 'content'), noise]);
          tar[at] = value;
          try {
            for (const file of readTar(tar, 'it')) expect(file.path).not.toContain('..');
          } catch (error) {
            expect(error).toMatchObject({ name: 'ToolkitError' });
          }
        },
      ),
      { seed: SEED, numRuns: 500 },
    );
  });
});

describe('gunzip', () => {
  test('a bomb is refused before it unpacks', () => {
    expect(() => gunzip(gzip(new Uint8Array(10_000_000)), 'it', 1_000_000)).toThrow(
      expect.objectContaining({ code: 'limit' }),
    );
  });
  test.for([new Uint8Array(), Buffer.from('plain'), gzip(Buffer.from('whole')).subarray(0, 15)])(
    'what is not whole gzip is refused',
    (bytes) => {
      expect(() => gunzip(bytes, 'it')).toThrow(expect.objectContaining({ code: 'invalid' }));
    },
  );
});
