// Elements built by hand. Text from the server only ever becomes a text node.

const SVG = 'http://www.w3.org/2000/svg';

/** An element: `make('p', { class: 'x', onclick: f }, 'text', child, null)`. */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ''));
  return node;
}

/** One icon of the sprite, always beside a word, so hidden from readers of the screen. */
export function icon(name, size = 18) {
  const svg = document.createElementNS(SVG, 'svg');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `/assets/icons.svg#${name}`);
  for (const [key, value] of Object.entries({ class: 'icon', width: size, height: size, 'aria-hidden': 'true' })) {
    svg.setAttribute(key, value);
  }
  svg.append(use);
  return svg;
}

/** Words for the ear only. */
export const unseen = (text) => make('span', { class: 'unseen' }, text);

/** Shows `text` in `node`, or hides the node where there is none. */
export function label(node, text, kind = null) {
  node.textContent = text ?? '';
  node.hidden = !text;
  if (kind) node.className = `tag ${kind}`;
}

export const find = (id) => document.getElementById(id);
