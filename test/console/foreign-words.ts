/** English on a page in another language: our own texts, word by word, and words that no other language has. */

import type { Page } from 'playwright-core';

const ENGLISH =
  /\b(?:the|and|with|yet|which|calls?|number|never|save|add|this|that|of|not|is|are|was|were|has|have|its|their|from|been|keys?|password|delete|created|since|nobody|everybody|once|until|than|should|users?)\b/i;

/**
 * What a person reads or hears there. Not what is no word: names of fields, types and addresses (`.mono`), what is marked as
 * English, what was typed in, and what the log of the server says.
 */
const READ = `(() => {
  const found = [];
  const skipped = '.mono, code, pre, [lang="en"], textarea, script, style, noscript';
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode())
    if (node.parentElement.closest(skipped) === null) found.push(node.textContent.trim());
  for (const element of document.querySelectorAll('[aria-label], [placeholder], [title], [alt]'))
    if (element.closest(skipped) === null)
      for (const name of ['aria-label', 'placeholder', 'title', 'alt'])
        if (element.hasAttribute(name)) found.push(element.getAttribute(name).trim());
  return [...new Set(found)].filter((text) => text !== '');
})()`;

function textsOf(value: object): string[] {
  return Object.values(value).flatMap((inner) => (typeof inner === 'string' ? [inner] : textsOf(inner as object)));
}

/** What goes out by SIP unless another text is given: shown as it goes out. */
const ON_THE_WIRE = ['Callbacks are not taken now', 'Callback scheduled'];

/** A language is named in itself, a rule as somebody has named it, a country with its code. */
const NAMES = ['English', 'Callback geral'];
const isName = (text: string) =>
  [...NAMES, ...ON_THE_WIRE].includes(text) || /^\+?[\w:./@-]+$|\([A-Z]{2}\)$/.test(text);

export async function foreignWords(page: Page, { english, other }: { english: object; other: object }) {
  const own = new Set(textsOf(other));
  const ours = new Set(textsOf(english).filter((text) => !own.has(text)));
  const read = await page.evaluate<string[]>(READ);
  return read.filter((text) => (ours.has(text) && !NAMES.includes(text)) || (ENGLISH.test(text) && !isName(text)));
}
