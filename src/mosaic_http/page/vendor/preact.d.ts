/** As much of preact's types as the page uses. */
export type VNode = object;
export type Child = VNode | string | number | boolean | null | undefined | Child[];
export function h(type: unknown, props: object | null, ...children: Child[]): VNode;
export function render(vnode: Child, parent: Element): void;
export const Fragment: (props: { children?: Child }) => Child;
export class Component<P = object, S = object> {
  constructor(props?: P);
  props: P;
  state: S;
  setState(state: Partial<S>): void;
  render(props: P, state: S): Child;
}
