// Programs that never end, grow without bound or nest deeply, with the limit that stops each.

import type { FailureKind } from "../../../lib/benchmarks/javascript/failure.ts";

/** The body of `function f(x)`. */
export const HOSTILE: readonly [body: string, kind: FailureKind][] = [
  ["for(;;);", "steps"],
  ["while(true){}", "steps"],
  ["do;while(1)", "steps"],
  ["let a=[1];for(const x of a)a.push(x)", "steps"],
  ["let o={};for(let i=0;;i++)o[i]=i", "steps"],
  ["let o={a:1};for(;;)o={o}", "steps"],
  ["let g=n=>n?g(n-1)+g(n-1):1;return g(60)", "steps"],
  ["return [2,1].sort(()=>{for(;;);})", "steps"],
  ["return Array(999).fill().map(()=>Array(999).fill())", "steps"],
  ["let a=Array(1e3).fill(0);for(;;)a.reverse()", "steps"],
  ["let a=Array(999).fill(0);for(;;)a.unshift(0),a.shift()", "steps"],
  ["let a='a'.repeat(1e4),b='a'.repeat(1e4);while(a===b);", "steps"],
  ["let a='a'.repeat(1e4),b='a'.repeat(1e4);while(a<=b);", "steps"],
  ["return 'a'.repeat(9999).indexOf('a'.repeat(5000)+'b')", "steps"],
  ["let a=Array(99).fill('a'.repeat(9999));for(;;)a.includes('b'.repeat(9999))", "steps"],
  ["let s='0'.repeat(9999);for(;;)+s", "steps"],
  ["let g=(...a)=>g(...a,...a);return g(1)", "memory"],
  ["let a=Array(999).fill(''),s='a'.repeat(9999);for(;;)a.fill(s),a.indexOf(s+1)", "steps"],
  ["let a=[];for(let i=0;;i++)a[i%999]='a'.repeat(9999)", "steps"],
  ["return f(x)", "depth"],
  ["return [f].map(f)", "depth"],
  ["let g=()=>[2,1].sort(g);return g()", "depth"],
  ["let g=(a=g())=>a;return g()", "depth"],
  ["let g=({a=g({})})=>a;return g({})", "depth"],
  ["let a=[];a[0]=a;return ''+a", "depth"],
  ["let a=[];a[0]=a;return a.flat(1/0)", "depth"],
  ["let a=[];a[0]=a;return a==1", "depth"],
  ["let s='a';for(;;)s+=s", "memory"],
  ["let s='a';for(;;)s=`${s}${s}`", "memory"],
  ["let s='a';for(;;)s=s.concat(s)", "memory"],
  ["let s='a'.repeat(5e3);for(;;)s.slice(0)", "steps"],
  ["return 'a'.repeat(1e9)", "memory"],
  ["return 'a'.padStart(1e9)", "memory"],
  ["return 'a'.repeat(1e3).replaceAll('a','b'.repeat(1e3))", "memory"],
  ["return Array(100).fill('a'.repeat(999)).join('')", "memory"],
  ["return Array(4e9).fill(0)", "memory"],
  ["let a=[];a[4e9]=1", "memory"],
  ["let a=[];a.length=4e9", "memory"],
  ["let a=[1];for(;;)a=a.concat(a)", "memory"],
  ["let a=[1];for(;;)a=[...a,...a]", "memory"],
  ["let a=[1];for(;;)a.push(...a)", "memory"],
  ["return Array.from({length:1e9})", "memory"],
  ["return x.constructor.constructor('return 1')()", "unsupported"],
  ["return [].map.constructor('return 1')()", "unsupported"],
  ["return f.__proto__", "unsupported"],
  ["let o={};o['__proto__']=[];return o", "unsupported"],
  ["let{constructor:c}='';return c", "unsupported"],
  ["return Object.fromEntries([['__proto__',1]])", "unsupported"],
  ["return import('x')", "unsupported"],
  ["return /(a+)+b/.test('a'.repeat(99))", "unsupported"],
];

/** Programs of about `units` code units that nest as deep as they can, closed and left open. */
export function nested(units: number): string[] {
  const pairs = [
    ..."( )|[ ]|! |{a: }|x=> |x( )|(a= )=>1|`${ }`|function(){return }|-+ ".split("|"),
  ].map((pair) => pair.split(" ") as [string, string]);
  const expressions = pairs.flatMap(([open, close]) => {
    const closed = Math.floor((units - 12) / (open.length + close.length));
    const left = Math.floor((units - 12) / open.length);
    return [
      `return ${open.repeat(closed)}x${close.repeat(closed)}`,
      `return ${open.repeat(left)}`,
    ];
  });
  const half = Math.floor(units / 2) - 8;
  return [
    ...expressions,
    "{".repeat(half) + "}".repeat(half),
    "{".repeat(units - 8),
    "if(x)".repeat(Math.floor(units / 5) - 2),
    `let ${"[".repeat(half)}a${"]".repeat(half)}=x`,
    `[${"[".repeat(half)}a${"]".repeat(half)}]=x`,
    `return ${"!".repeat(units - 20)}f(x)`,
  ];
}
