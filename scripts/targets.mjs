// The computers that standalone executables are built for.

/** By target: bun's name for it, the package of bun's runtime and the folder of keytar's binding. */
export const targets = {
  'linux-x64': { bun: 'bun-linux-x64', runtime: '@oven/bun-linux-x64', binding: 'linux-x64' },
  'linux-arm64': {
    bun: 'bun-linux-arm64',
    runtime: '@oven/bun-linux-aarch64',
    binding: 'linux-arm64',
  },
  'linux-x64-musl': {
    bun: 'bun-linux-x64-musl',
    runtime: '@oven/bun-linux-x64-musl',
    binding: 'linuxmusl-x64',
  },
  'macos-arm64': {
    bun: 'bun-darwin-arm64',
    runtime: '@oven/bun-darwin-aarch64',
    binding: 'darwin-arm64',
  },
  'macos-x64': { bun: 'bun-darwin-x64', runtime: '@oven/bun-darwin-x64', binding: 'darwin-x64' },
  'windows-x64': { bun: 'bun-windows-x64', runtime: '@oven/bun-windows-x64', binding: 'win32-x64' },
};

/** The name of a target's executable. */
export function fileOf(name) {
  return `nubes-nb-${name}${name.startsWith('windows') ? '.exe' : ''}`;
}

/** The target that is this computer. */
export function hostTarget() {
  const { platform, arch, report } = process;
  const system = { darwin: 'macos', win32: 'windows' }[platform] ?? platform;
  const isMusl =
    platform === 'linux' && report.getReport().header.glibcVersionRuntime === undefined;
  const name = `${system}-${arch}${isMusl ? '-musl' : ''}`;
  if (name in targets) return name;
  throw new Error(`executables cannot be built on ${name}`);
}
