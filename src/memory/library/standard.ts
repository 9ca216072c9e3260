/** Cat texts that name what follows from the primitives: `stdlib.cat`, `cos.cat`, `lock.cat`, `filters.cat`. */

export const STANDARD = `
let emptyset = domain 0
let po-loc = po & loc
let rfe = rf & ext
let rfi = rf & int
let coe = co & ext
let coi = co & int
let fr = rf^-1 ; co
let fre = fr & ext
let fri = fr & int
(* What herd7 knows of co before it enumerates: initial writes come first, final ones last. *)
let co0 = loc & ((IW * (W \\ IW)) | ((W \\ FW) * FW))
let toid(s) = [s]
let fencerel(B) = po ; [B] ; po
let ctrlcfence(CFENCE) = ctrl ; [CFENCE] ; po
let lxsx = rmw
let imply(A, B) = ~A | B
let nodetour(r1, r2, r3) = r1 \\ (r2 ; r3)
let singlestep(r) = nodetour(r, r, r)
let tag2instrs = tag2events
procedure subseteq(A, B) = empty (A \\ B) end
procedure inclusion(r1, r2) = empty (r1 \\ r2) end
`;

export const COHERENCE = `
let coe = co & ext
let coi = co & int
let fr = rf^-1 ; co
let fre = fr & ext
let fri = fr & int
let ca = fr | co
`;

/**
 * Locks as the events that they are: LKR and LKW the halves of an acquisition, UL a release, LF and RL reads of a
 * taken lock, RU of a free one. Values (0 free, 1 taken), waiting and nesting are the engine's.
 */
export const LOCKS = `
let LF = LF | (try RL with emptyset)
let RU = try RU with emptyset
let srcu-structs = try (Srcu-lock | Srcu-unlock | Sync-srcu) with emptyset
let ALL-LOCKS = LKR | LKW | UL | LF | RU | srcu-structs
flag ~empty [M \\ IW \\ ALL-LOCKS] ; loc ; [ALL-LOCKS] as mixed-lock-accesses
let critical = ([LKW] ; po-loc ; [UL]) \\ (po-loc ; [LKW | UL] ; po-loc)
flag ~empty UL \\ range(critical) as unmatched-unlock
let rmw = rmw | lk-rmw
let R = R | LKR | LF | RU
let W = W | LKW | UL
let M = R | W
let Release = (try Release with emptyset) | UL
let Acquire = (try Acquire with emptyset) | LKR
${COHERENCE}`;

/** Parts of a relation by the kinds of its ends; A is an access of a locked instruction. */
export const FILTERS = `
let A = try X with RMW
let P = M \\ A
let WW(r) = r & (W * W)
let WR(r) = r & (W * R)
let RW(r) = r & (R * W)
let RR(r) = r & (R * R)
let RM(r) = r & (R * M)
let MR(r) = r & (M * R)
let WM(r) = r & (W * M)
let MW(r) = r & (M * W)
let MM(r) = r & (M * M)
let AA(r) = r & (A * A)
let AP(r) = r & (A * P)
let PA(r) = r & (P * A)
let PP(r) = r & (P * P)
let AM(r) = r & (A * M)
let MA(r) = r & (M * A)
let noid(r) = r \\ id
let invrf = rf^-1
let atom = [A]
`;
