/**
 * Words that programmers write in messages. A word of this kind is what a message says; where only such words differ, the
 * messages are different ones. It is no list of what may occur: a word that it lacks is merely taken for a name sooner.
 */
const words = new Set(
  `a about above access account action active activity actual adapter add address after again agent alarm alert alive all
allow already always an and another answer any app application are argument array as ask asked at attach attempt attribute
auth author auto available await aware away back backend background backup bad balance bar base based batch be because been
before begin behind below best between bit block body boot both bottom broadcast broken browser bucket buffer bug build bus
busy but by byte bytes cache call caller can cancel cannot case cause cell chain change channel char character check child
class clean clear click client clock close cluster code column command comment commit common complete component compute
config configuration configure confirm connect connection console consumer container content context control cookie copy
core correct corrupt could count counter cpu crash create credential critical current cursor custom cut daemon data database
date day dead deadlock debug decode deep default defer delay delete deny dependency deploy depth describe destroy detach
detail detect device did diff different direct directory dirty disable disabled disk dispatch display do document does
domain done down download drain drive driver drop due dump duplicate during duration dynamic each early edit element else
email empty enable enabled encode end endpoint engine enough enter entity entries entry environment error escape event ever
every exact exceed except exception execute executor exist exit expect expire export expression extend extension external
extra fail failed failure fallback false fast fatal fatal fault feature feed fetch few field file fill filter final find
finish first fix flag flow flush folder follow for force foreign forget fork form format forward found frame free fresh from
front full function future garbage gateway general generate get give global go good grace graceful grant group grow had
half halt handle handler handshake hard has hash have head header health healthy heap heartbeat hello help here hidden high
hit hold home hook host hour how http idle if ignore illegal image import in inactive inbound index info init initial inner
input insert inside install instance instead insufficient interface internal interrupt into invalid invoke is issue it item
its job join just keep kernel key kill kind known label lack large last late latency latest layer layout lazy leader leak
lease leave left length less let level library license life limit line link list listen listener live load local location
lock log logger logic login logout long look loop lost low lower machine mail main maintenance major make manager manual map
mark mask master match max maximum may member memory merge message metadata method metric middle migrate min minimum minor
minute mirror miss missing mode model modify module monitor month more most mount move much multi multiple must my name
native negative network never new next no node none nor normal not note nothing notice notify now null number object of off
offline offset ok okay old on once one online only open operation option or order origin other out outbound output outside
over overflow override own owner packet page panic parameter parent parse part partial partition pass password past patch path
pattern pause peer pending per perform period permission persist phase pick ping pipe place plan platform play please plugin
point policy poll pool pop port position post power prepare present press prevent previous primary print prior priority
private probe problem process processor producer profile program progress project promote prompt proper property protocol
provider proxy public publish pull purge push put query queue quick quiet quit quorum quota race raise random range rate raw
reach read reader ready real reason reboot rebuild receive receiver recent reclaim record recover recovery recycle redirect
reduce reference refresh refuse region register registry reject release reload remain remote remove rename render renew
repair repeat replace replica reply report repository request require rescue reset resize resolve resource response rest
restart restore result resume retrieve retry return reuse revert review revoke right role rollback rotate route row rule
run runtime safe same sample save say scale scan schedule schema scope score script search second secondary section secure
security segment select self send sender sensor sequence serial serialize serve server service session set setting settings
setup severe shared shell short should show shut shutdown side sign signal silent simple since single size skip slave sleep
slot slow small snapshot so socket soft some soon source space spawn special speed split stack stage stale standard standby
start startup stat state statement static statistics status step still stop storage store stream string structure style sub
subject submit succeed success such suite sum supply support surface suspend sweep switch symbol sync synchronize syntax
system table tag take target task temp temperature template temporary tenant term terminal terminate test text than that the
their them then there these they thing this thread threshold through throw thus tick time timeout timer times timestamp to
together token too tool top topic total touch trace track traffic transaction transfer transition transport tree trigger true
truncate trust try turn twice two type unable unavailable unchanged under undo unexpected unhealthy unique unit unknown unless
unlock until unused up update upgrade upload upon upper upstream usage use user using utility valid value variable vector
verify version very via view violation virtual visible visit volume vote wait wake want warm warn warning was watch watchdog
way we web week weight well were what when where whether which while who whole why wide will window with within without wizard
word work worker workflow world would wrap write writer wrong year yes yet you your zero zone abort aborted aborting accept
reachable unreachable denied severed refused reset broke lost bound sent got held kept known left made met put read ran said
seen set shut slept spent stuck taken told took understood went withdrawn woke written begun chosen done drawn driven fallen
forgotten frozen given gone grown hidden hung paid risen shown spoken stolen thrown sure likely ago forever soon north south
east west left right red green blue yellow plus minus greater lesser equal odd even`.split(/\s+/),
);

const endings =
  /(?:ed|ing|ings|ion|ions|able|ible|ally|ly|ment|ments|ness|ful|less|ity|ance|ence|ency|ated|ates|izes?|ised|ifies|ous|ive|ual|ular|ized)$/;

/** A word as people write it in sentences; names of users, hosts, files and things are not. */
export function isPlainWord(word: string): boolean {
  const lower = word.toLowerCase();
  if (lower.length < 3 || words.has(lower)) return true;
  if (lower.includes('-') || lower.includes('/') || lower.includes("'")) {
    return lower.split(/[-/']/).every((part) => part.length < 3 || isPlainWord(part));
  }
  if (lower.length > 4 && endings.test(lower)) return true;
  if (
    lower.endsWith('s') &&
    (words.has(lower.slice(0, -1)) || (lower.endsWith('es') && words.has(lower.slice(0, -2))))
  ) {
    return true;
  }
  return false;
}

/** Nouns, and prepositions that nouns stand behind; after them comes a name. */
const naming = new Set(
  `user users username login account owner group role host hostname server client node machine instance device interface
service unit process program daemon job task thread worker executor module plugin component class package bean file directory
folder path database table index schema column key topic queue channel container pod image volume partition namespace
cluster region zone domain tenant bucket object name id command event action method function variable
parameter option property attribute field sensor stage pipeline project repository branch profile bundle app application type`.split(
    /\s+/,
  ),
);
const prepositions = new Set(
  'for from to by at on with of in via as into onto using through against called named'.split(' '),
);

/** What is said of a thing, rather than what it is called: `table locked`, `queue full`. */
const states = new Set(
  'lost full found empty up down ready ok not is was has had in out gone open new old set off on free busy idle dead alive missing does did can cannot will no'.split(
    ' ',
  ),
);

export function isNamingWord(word: string): boolean {
  return naming.has(word.toLowerCase());
}

export function isPreposition(word: string): boolean {
  return prepositions.has(word.toLowerCase());
}

export function isStateWord(word: string): boolean {
  const lower = word.toLowerCase();
  return states.has(lower) || /(?:ed|ing|able|ible|ly|ful)$/.test(lower);
}
