const BROWSERS: ReadonlyArray<[RegExp, string]> = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:HeadlessChrome|Chromium)\//, 'Chromium'],
  [/\b(?:Chrome|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const SYSTEMS: ReadonlyArray<[RegExp, string]> = [
  [/\b(?:iPhone|iPad)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

const found = (text: string, known: ReadonlyArray<[RegExp, string]>) => known.find(([form]) => form.test(text))?.[1];

/** `Firefox · Windows` out of a User-Agent; what is no browser reads as it is. */
export function programText(userAgent: string): string {
  const browser = found(userAgent, BROWSERS);
  if (browser === undefined) return userAgent;
  return [browser, found(userAgent, SYSTEMS)].filter((part) => part !== undefined).join(' · ');
}
