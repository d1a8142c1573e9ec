/** Which methods an address knows, for 405 and its Allow header. */

export interface KnownRoute {
  method: string;
  /** As fastify has it: `/api/v1/trunks/:name`. */
  url: string;
}

/** @param url of a request, query and all */
export function allowedMethods(routes: readonly KnownRoute[], url: string): string[] {
  const parts = (url.split('?', 1)[0] ?? '').split('/');
  const fits = ({ url: pattern }: KnownRoute) => {
    const wanted = pattern.split('/');
    return (
      wanted.length === parts.length &&
      wanted.every((part, i) => part === parts[i] || (part.startsWith(':') && parts[i] !== ''))
    );
  };
  return [...new Set(routes.filter(fits).map((route) => route.method))].sort();
}
