// The place of a JSON pointer (RFC 6901) in a JSON text: the span of its value, or the nearest one there.

/** [begin, end] in characters, or null if the text is not JSON up to there. */
export function findPlace(text, pointer) {
  const wanted = pointer.split("/").slice(1).map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
  let at = 0;
  let best = null;

  const skip = () => {
    while (at < text.length && " \t\r\n".includes(text[at])) at += 1;
  };

  const readString = () => {
    const match = /"(?:[^"\\]|\\.)*"/y;
    match.lastIndex = at;
    const [found] = match.exec(text) ?? [];
    if (!found) throw new SyntaxError("a string was expected");
    at += found.length;
    return JSON.parse(found);
  };

  // `depth` is how many tokens of the pointer lead here, or -1 off its way.
  const readValue = (depth) => {
    skip();
    const begin = at;
    if (text[at] === "{" || text[at] === "[") readMembers(depth, text[at] === "{");
    else if (text[at] === '"') readString();
    else {
      const match = /[^\s,\]}]+/y;
      match.lastIndex = at;
      if (!match.test(text)) throw new SyntaxError("a value was expected");
      at = match.lastIndex;
    }
    if (depth >= 0 && (!best || depth > best.depth)) best = { depth, span: [begin, at] };
  };

  const readMembers = (depth, isObject) => {
    at += 1;
    skip();
    for (let index = 0; text[at] !== "}" && text[at] !== "]"; index += 1) {
      skip();
      const key = isObject ? readString() : String(index);
      if (isObject) {
        skip();
        at += 1;
      }
      readValue(depth >= 0 && wanted[depth] === key ? depth + 1 : -1);
      skip();
      if (text[at] === ",") at += 1;
      else if (text[at] !== "}" && text[at] !== "]") throw new SyntaxError("a comma was expected");
      skip();
    }
    at += 1;
  };

  try {
    readValue(0);
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
  }
  return best?.span ?? null;
}
