/** As much of the types of preact's hooks as the page uses. */
type Update<S> = S | ((before: S) => S);
type Cleanup = void | (() => void);
export function useState<S>(initial: S | (() => S)): [S, (next: Update<S>) => void];
export function useEffect(effect: () => Cleanup, inputs?: readonly unknown[]): void;
export function useLayoutEffect(effect: () => Cleanup, inputs?: readonly unknown[]): void;
export function useMemo<T>(make: () => T, inputs: readonly unknown[]): T;
export function useCallback<F extends Function>(callback: F, inputs: readonly unknown[]): F;
export function useRef<T>(initial: T): { current: T };
export function useId(): string;
