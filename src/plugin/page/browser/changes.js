/**
 * Makes a part of the page like another one, and touches only what differs: what is focused, selected or scrolled stays so. What has
 * the attribute `data-kept` belongs to the scripts of the page, and stays as it is. So does whether a `details` is open.
 * @param {Element} part
 * @param {Element} wanted is taken apart
 */
export function changeInto(part, wanted) {
  if (part.hasAttribute('data-kept') || part.isEqualNode(wanted)) return;
  changeAttributes(part, wanted);
  const withId = new Map([...part.children].map((child) => [child.id, child]));
  let place = part.firstChild;
  for (const child of [...wanted.childNodes]) {
    const same = child instanceof Element && child.id !== '' ? withId.get(child.id) : likeIn(place, child);
    if (same === undefined) {
      part.insertBefore(child, place);
      continue;
    }
    if (same === place) place = place.nextSibling;
    else part.insertBefore(same, place);
    if (same instanceof Element && child instanceof Element) changeInto(same, child);
    else if (same.nodeValue !== child.nodeValue) same.nodeValue = child.nodeValue;
  }
  while (place !== null) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

/**
 * The node in the same place, if it can become the wanted one.
 * @param {ChildNode | null} place
 * @param {ChildNode} wanted
 * @returns {ChildNode | undefined}
 */
function likeIn(place, wanted) {
  if (place === null || place.nodeName !== wanted.nodeName) return undefined;
  return place instanceof Element && place.id !== '' ? undefined : place;
}

/**
 * @param {Element} part
 * @param {Element} wanted
 */
function changeAttributes(part, wanted) {
  for (const name of part.getAttributeNames()) {
    if (!wanted.hasAttribute(name) && name !== 'open') part.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (part.getAttribute(name) !== value) part.setAttribute(name, value);
  }
}
