/** Makes the Node that runs the tests look like another one to the program under test. */
export const pretending: (version: string) => string[] = (version) => [
  '--import',
  `data:text/javascript,Object.defineProperty(process,"version",{value:"${version}"})`,
];
