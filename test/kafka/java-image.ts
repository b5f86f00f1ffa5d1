import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { makeUnlessCurrent } from '../../scripts/stamped-file.ts';
import { type ArchivedImage, busyboxImage, writeImage } from '../control-plane/real/image.ts';
import { notInstalled } from '../control-plane/real/prerequisites.ts';

const buildPath = resolve(import.meta.dirname, '../../.build');
const jdkPath = `/usr/lib/jvm/java-17-openjdk-${{ x64: 'amd64', arm64: 'arm64' }[process.arch as string]}`;
const copyDependencies = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const javaModules = 'java.se,jdk.crypto.ec,jdk.management,jdk.net,jdk.security.auth,jdk.unsupported,jdk.zipfs';
const javaInImage = '/opt/java';

export interface JavaImage {
  /** Whole name of the image. */
  name: string;
  /** Other names for it. */
  moreNames?: readonly string[];
  /** Names what is to come from Maven Central. */
  pomPath: string;
  /** Where the image has it, so that `<librariesPath>/*` is a class path. */
  librariesPath: string;
  /** Classes of our own to lie beside it. */
  sourcePaths?: readonly string[];
}

/** What is missing for making such images, in sentences that say how to get it. */
export const missingForJava = (): string[] =>
  notInstalled({ mvn: 'maven', [`${jdkPath}/bin/jlink`]: 'openjdk-17-jdk-headless' });

/** An image with a shell, `java` in its PATH, and libraries from Maven Central. */
export async function javaImage(image: JavaImage): Promise<ArchivedImage> {
  const archivePath = archivePathOf(image.pomPath);
  await makeUnlessCurrent(archivePath, stampOf(image), (unfinishedPath) => build(image, unfinishedPath));
  return { archivePath };
}

export const archivePathOf = (pomPath: string): string => join(buildPath, `${basename(pomPath, '.xml')}.tar`);

/** Changes whenever the image would. */
function stampOf({ name, moreNames = [], pomPath, librariesPath, sourcePaths = [] }: JavaImage): string {
  const hash = createHash('sha256').update([name, ...moreNames, librariesPath].join(' '));
  for (const path of [pomPath, ...sourcePaths, import.meta.filename, join(jdkPath, 'release')]) {
    hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

function build({ name, moreNames = [], pomPath, librariesPath, sourcePaths = [] }: JavaImage, tarPath: string): void {
  console.log(`making the image ${name}`);
  const work = mkdtempSync(join(buildPath, 'java-image-'));
  try {
    const libraries = join(work, 'libraries');
    const scope = ['-DincludeScope=runtime', `-DoutputDirectory=${libraries}`];
    run('mvn', ['--batch-mode', '--quiet', '-f', pomPath, copyDependencies, ...scope]);
    if (sourcePaths.length > 0) {
      const classes = join(work, 'classes');
      run(join(jdkPath, 'bin/javac'), ['-cp', `${libraries}/*`, '-d', classes, ...sourcePaths]);
      run(join(jdkPath, 'bin/jar'), ['--create', '--file', join(libraries, 'our-own.jar'), '-C', classes, '.']);
    }
    const javaPath = join(work, 'java');
    const lean = ['--strip-java-debug-attributes', '--no-header-files', '--no-man-pages'];
    run(join(jdkPath, 'bin/jlink'), ['--add-modules', javaModules, ...lean, '--output', javaPath]);

    const busybox = busyboxImage(name);
    writeImage(
      {
        ...busybox,
        moreNames,
        files: {
          ...busybox.files,
          ...filesBelow(libraries, librariesPath),
          ...filesBelow(javaPath, javaInImage),
          ...Object.fromEntries(systemLibraries(javaPath).map((path) => [path, path])),
        },
        links: { ...busybox.links, '/bin/java': `${javaInImage}/bin/java` },
      },
      tarPath,
    );
  } finally {
    rmSync(work, { recursive: true });
  }
}

function run(program: string, args: string[]): string {
  return execFileSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, JAVA_HOME: jdkPath },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Path in the image → path on this machine. */
function filesBelow(root: string, inImage: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(root, name)).isFile());
  return Object.fromEntries(files.map((name) => [join(inImage, name), join(root, name)]));
}

/** What the programs of `root` need of the system: the dynamic loader, and the libraries that it would load. */
function systemLibraries(root: string): string[] {
  const objects = Object.values(filesBelow(root, '/')).filter((path) => /\.so$|\/bin\/java$/.test(path));
  const paths = [...run('ldd', objects).matchAll(/^\s+(?:\S+ => )?(\/\S+) \(0x/gm)].map(([, path = '']) => path);
  return [...new Set(paths)].filter((path) => !path.startsWith(root));
}
