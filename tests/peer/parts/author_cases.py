# SPDX-License-Identifier: GPL-2.0-or-later
"""The cases of author.py: what is run first by patman alone; the commands; the parts that differ on purpose; and why.

GIT runs git, COMMIT commits a new file, EDIT appends to one, Q stands for a blank, EMPTY for an empty argument, SERVER for the
Patchwork. By each verb: each of its options, a dry run, from its branch, from another, and refused.
"""
from parts.fake_patchwork import SUBJECTS

TAG = 'Signed-off-by: Ada Tester <ada@example.com>\n'
COVER = 'Cover-letter:\ndoc: Tidy up the readme files\nThis tidies a few files.\n\nTwice.\nEND\n'
VIDEO = 'Cover-letter:\nvideo: Tidy up\nThis is why.\n\nAnd more.\nEND\n'
# The messages of the commits of each branch.
BRANCHES = {
    'single': [f'README: One change only\n\n{TAG}'],
    'tidy': [
        f'{SUBJECTS[0]}\n\nExplain it.\n\nSeries-to: u-boot\nSeries-cc: fred@example.org\n{COVER}Series-notes:\nA note.\nEND\n\n{TAG}',
        f'{SUBJECTS[1]}\n\nSeries-changes: 1\n- Initial version\n\nChange-Id: I1111111111111111111111111111111111111111\n{TAG}',
        f'{SUBJECTS[2]}\n\nCommit-notes:\nBelow the line\nEND\n\nReviewed-by: Tom Rini <trini@konsulko.com>\n{TAG}',
        f'{SUBJECTS[3]}\n\nCommit-cc: barney@example.org\n{TAG}'],
    'video': [f'video: One\n\nBody.\n\nSeries-to: u-boot\n{VIDEO}\n{TAG}',
              f'video: Two\n\nChange-Id: I1111111111111111111111111111111111111111\n{TAG}', 'video: Three\n\nText at the end\n'],
    'video2': [f'video: One\n\n{VIDEO}Series-version: 2\n\n{TAG}', f'video: Zwei\n\nSeries-links: 2:77 1:66\n{TAG}'],
    'bare': ['bare: Just one\n'],
    'wrong2': ['wrong: A\n\nSeries-version: 3\n', f'wrong: B\n\n{TAG}'],
    'naive': ['na\u00efve: \u00dcber\n\nJos\u00e9 did it.\n'],
}

UP = ['upstream add us https://example.com/us.git']
NET = ['upstream add us https://example.com/us.git U-Boot -p SERVER', 'upstream default us']
CI = ['upstream add ci https://example.com/ci.git']
ONE = UP + ['series -s single add -M -1']
OWN = UP + ['series -s tidy add -m']
TWO = OWN + ['series -s tidy inc']
VID = UP + ['series -s video add -M']
ADDED = NET + ['series -s tidy add -m']
LINKED = ADDED + ['series -s tidy set-link 110']
BOTH = LINKED + ['series -s tidy inc', 'series -s tidy2 set-link 111']
ON = 'GIT switch -q tidy'
AWAY = 'patman checks out the branch of the version before, whatever was checked out'
DRY = 'patman does it in a dry run too'
TAGGED = 'patman puts the list above a subject that looks like a trailer'
BLANK = 'patman ends the message of each commit that nothing is added to with one more empty line'
DEFAULT = 'patman asks the Patchwork that it was made with, not that of the default upstream'
LISTS = ['series ls', 'series ls -A', 'series -s tidy info', 'series -s tidy patches', 'series -s tidy2 patches',
         'series find readme', 'series summary', 'series progress', 'series progress -a', 'series progress -l']
NEAT = [line.replace('tidy', 'neat') for line in LISTS]

ADD = [
    (UP, ['series -s single add -1 -M'], '', ''),
    (UP, ['series -s single add'], '', ''),
    (UP, ['series -s single add -1'], '', ''),
    (UP, ['series -s single add -1 -m'], '', ''),
    (UP, ['series -n -s single add -1 -M'], '', ''),
    (UP, ['series -s single add -M -D ATitle'], '', ''),
    (UP, ['series -s tidy add'], '', ''),
    (UP, ['series -s tidy add -m', 'series -s tidy add -m', 'series -s tidy add -M -D Other'], '', ''),
    (UP, ['series -n -s tidy add -m'], '', ''),
    (UP, ['series -s tidy add --allow-unmarked --set-upstream us'], '', ''),
    (UP, ['series -s tidy add -M -U tidy~2'], '', ''),
    (UP, ['series -s tidy add -M --upstream nope'], '', ''),
    ([], ['series -s tidy add -M'], '', ''),
    (UP, [ON, 'series add -m'], '', ''),
    (UP, [ON, 'EDIT README', 'series add -m'], 'series ser_ver pcommit refs exits',
     'patman refuses where files are changed, though it changes messages only'),
    (UP, ['series -s nope add', 'series add'], '', ''),
    (UP, ['GIT branch 123 tidy', 'series -s 123 add'], '', ''),
    (UP, ['GIT branch -q --no-track loose tidy', 'series -s loose add -M'], '', ''),
    (OWN, ['GIT branch -q --track tidy2 us/main', 'GIT switch -q tidy2', 'GIT reset -q --hard tidy', 'GIT switch -q main',
           'series -s tidy2 add -M', 'series -s tidy2 add -M -f'], '', ''),
    (UP, ['series -s tidy -V 1 add -m'], '', ''),
    (UP, ['series -s bare add -1 -m'], '', ''),
    (UP, ['series -s naive add -1 -m'], '', ''),
    (UP, ['series -s naive add -1 -M'], '', ''),
    (UP, ['series -s video add'], '', ''),
    (UP, ['series -s video add -m -S us', 'series -s video add -m'], '', ''),
    (UP, ['series -s video add -M', 'series -s video2 add -M'], '', ''),
    (UP, ['series -s video2 add -M', 'series -s video add -m'], '', ''),
    (UP, ['series -s video add -M -D Other', 'series -s video2 add -m -D Title'], '', ''),
    (UP, ['series -s wrong2 add -1 -M'], '', ''),
    (UP, ['series -s wrong2 add -1 -M -f'], 'series ser_ver pcommit refs exits', 'patman refuses, and names the option that is given'),
]
LISTING = [
    (TWO, LISTS, '', ''),
    (TWO, [ON, 'series info', 'series patches', 'series patches -t', 'series patches -p', 'series progress', 'series summary',
           'GIT switch -q tidy2', 'series patches', 'series info -r', 'series info -r 1'], '', ''),
    (ONE + OWN[1:], ['series list', 'series p', 'series pr -a', 'series prog --list-patches', 'series progress --show-all-versions',
                     'series -s single progress', 'series -s tidy summary', 'series ls -r', 'series ls --reviews'], '', ''),
    (ONE + ['series -s single archive'] + OWN[1:],
     ['series ls', 'series ls --include-archived', 'series progress', 'series progress -A', 'series summary', 'series find only',
      'series find -A only', 'series find --include-archived readme'], '', ''),
    (BOTH + [ON, 'series gather-all -a -G'], LISTS + ['series -s tidy status', 'series -s tidy2 status'], '', ''),
    (OWN, ['series -s tidy get-link'], 'exits said', 'where there is none we exit with 1, as git config does'),
    (OWN, ['series -s nope info', 'series -s nope patches', 'series -s tidy -V 2 patches', 'series foo', 'series -s nope progress',
           'series -s nope summary', 'series find', 'series -s nope get-link', 'series -s tidy -V 4 get-link'], '', ''),
    (TWO, ['series -n ls', 'series -n -s tidy info', 'series -n -s tidy patches', 'series -n summary', 'series -n progress'], '', ''),
    (LINKED, ['series -s tidy open'], '', ''),
    (LINKED, [ON, 'series o'], '', ''),
    (OWN, ['series -s tidy open'], '', ''),
    (LINKED, ['series -s nope open'], '', ''),
]
MARK = [
    (OWN, ['series -s tidy mark'], '', ''),
    (OWN, ['series -s tidy mark -m'], '', ''),
    (OWN, ['series -s tidy unmark', 'series -s tidy mark --allow-marked'], 'pcommit',
     'patman leaves the Change-Ids in the database as they were'),
    (OWN, ['series -n -s tidy unmark', 'series -n -s tidy mark -m'], '', ''),
    (OWN, [ON, 'series -n unmark'], '', ''),
    (UP, ['series -s single add -1 -M', 'series -n -s single mark'], '', ''),
    (OWN, ['series -s nope mark', 'series mark', 'series -s nope unmark', 'series unmark'], '', ''),
    (UP, ['series -s video mark -m', 'series -s video mark'], '', ''),
    (UP, ['GIT switch -q video', 'series mark -m', 'series unmark'], 'refs exits', 'patman wants a series of that name'),
    (OWN, [ON, 'series unmark', 'series mark', 'series unmark -M'], 'pcommit exits', 'patman wants the name to mark what is checked out'),
    (UP, ['series -s video mark -m', 'series -s video unmark'], '', ''),
    (UP, ['series -s video unmark'], '', ''),
    (UP, ['series -s video unmark -M'], '', ''),
    (UP, ['series -s video unmark --allow-unmarked', 'series -s video mark'], '', ''),
    (VID, ['series -s video mark -m'], 'pcommit', 'patman leaves the Change-Ids in the database as they were'),
    (VID, ['series -s video mark -m', 'series -s video scan'], '', ''),
]
NEXT = [
    (OWN, ['series -s tidy inc'], '', ''),
    (OWN, ['series -n -s tidy inc'], '', ''),
    (OWN, [ON, 'series inc'], '', ''),
    (OWN, [ON, 'series -n inc'], '', ''),
    (TWO, ['series -s tidy2 inc'], '', ''),
    (TWO, ['series -s tidy inc', 'series -s tidy dec', 'series -s tidy dec', 'series -s tidy dec'], 'head', AWAY),
    (ONE, ['series -s single dec', 'series -s nope dec', 'series -s nope inc', 'series inc', 'series dec'], '', ''),
    (TWO, ['GIT switch -q tidy2', 'series dec'], '', ''),
    (TWO, ['GIT switch -q tidy2', 'series -n dec'], '', ''),
    (TWO, ['series -n -s tidy dec'], '', ''),
    (VID + ['series -s video2 add -M'], ['series -s video2 inc', 'series -s video dec'], 'head', AWAY),
    (UP + ['series -s bare add -1 -M'], ['series -s bare inc'], 'ser_ver refs', 'patman makes the tag the subject'),
    (UP + ['series -s naive add -1 -M'], ['series -s naive inc'], '', ''),
]
LINKS = [
    (OWN, ['series -s tidy set-link 452329', 'series -s tidy get-link'], '', ''),
    (OWN, [ON, 'series set-link --update 452329', 'series get-link'], '', ''),
    (OWN, ['series -n -s tidy set-link 452329'], 'ser_ver', DRY),
    (OWN, ['series -n -s tidy set-link -u 452329'], 'ser_ver refs', DRY),
    (TWO, ['series -s tidy -V 2 set-link -u 453001', 'series -s tidy -V 2 get-link', 'series -s tidy2 get-link'], '', ''),
    (TWO, ['series -s tidy2 set-link -u 453001', 'series -s tidy2 set-link -u 453002'], '', ''),
    (OWN, ['series -s tidy set-link 452329', 'series -s tidy set-link EMPTY'], '', ''),
    (OWN, ['series -s nope set-link 1', 'series -s tidy -V 7 set-link 1', 'series -s tidy set-link'], '', ''),
    (UP, ['series -s video2 add -M', 'series -s video2 set-link -u 12'], '', ''),
    (VID, ['series -s video set-link noQlink'], 'ser_ver exits', 'patman takes any text for a link'),
]
SCAN = [
    (OWN, ['series -s tidy scan'], '', ''),
    (OWN, ['series -n -s tidy scan'], '', ''),
    (OWN, [ON, 'COMMIT e', 'series scan', 'series scan -M'], '', ''),
    (OWN, [ON, 'COMMIT e', 'series -n scan -M', 'GIT switch -q main', 'series -n -s tidy scan -m'], '', ''),
    (OWN, [ON, 'COMMIT e', 'series scan --mark'], '', ''),
    (OWN, [ON, 'COMMIT e', 'GIT switch -q main', 'series -s tidy scan --allow-unmarked'], '', ''),
    (OWN, [ON, 'GIT reset -q --hard HEAD~1', 'series scan -M'], '', ''),
    (OWN, ['series -s tidy scan -U tidy~2'], '', ''),
    (OWN, ['series -s tidy scan --upstream nope'], '', ''),
    (OWN, ['series -s nope scan', 'series scan'], '', ''),
    (OWN, ['series -s tidy -V 5 scan'], 'exits', 'patman says nothing of a version that is not there'),
    (VID, ['series -s video scan -m'], '', ''),
    (VID, ['series -s video scan -M'], '', ''),
    (VID, ['GIT branch -f video video~1', 'series -s video scan -M'], '', ''),
    (UP, ['series -s single add -M -D Title', 'GIT branch -f single video', 'series -s single scan -M'], '', ''),
]
NOTES = [
    (OWN, ['series -s tidy save-notes', 'EDIT review-notes.txt', 'series -s tidy save-notes', 'series -s tidy show-notes'], '', ''),
    (TWO, ['EDIT notes', 'series -s tidy2 save-notes notes', 'series -s tidy show-notes', 'series -s tidy info'], '', ''),
    (OWN, ['EDIT notes', 'series -n -s tidy save-notes notes'], 'ser_ver', 'patman saves them in a dry run too'),
    (OWN, [ON, 'EDIT notes', 'series save-notes notes', 'series show-notes'], '', ''),
    (OWN, ['series -s nope save-notes', 'series -s nope show-notes', 'series -s tidy save-notes nope'], '', ''),
    (OWN, ['series -s tidy show-notes'], '', ''),
    (OWN + CI, ['series -s tidy set-upstream ci', 'series ls', 'series -s tidy info'], '', ''),
    (OWN + CI, ['series -n -s tidy set-upstream ci'], '', ''),
    (OWN + CI, [ON, 'series set-upstream ci'], '', ''),
    (OWN, ['series -s tidy set-upstream', 'series -s nope set-upstream us'], '', ''),
    (OWN, ['series -s tidy set-upstream nope'], 'series exits', 'patman takes any word for an upstream'),
]
NAMES = [
    (TWO, ['series -s tidy rename -N neat', 'series ls'], '', ''),
    (TWO, ['series -s tidy rename --new-name neat', 'series -s neat inc'], '', ''),
    (TWO, ['series -n -s tidy rename -N neat'], '', ''),
    (TWO, ['GIT switch -q tidy2', 'series rename -N neat'], 'series ser_ver pcommit refs head config exits',
     'patman wants the name of the series that is checked out'),
    (TWO, ['series -s tidy2 rename -N neat'], '', ''),
    (TWO, ['series -s tidy rename -N tidy', 'series -s tidy rename -N neat2', 'series -s tidy rename -N badQname~',
           'series -s nope rename -N neat'], '', ''),
    (ONE + ['series -s tidy add -m'], ['series -s tidy rename -N single', 'series -s tidy rename'], '', ''),
    (TWO, ['GIT branch neat main', 'series -s tidy rename -N neat'], '', ''),
    (TWO, ['GIT branch -D tidy2', 'series -s tidy rename -N neat'], '', ''),
    (TWO, ['series -s tidy version-change', 'series -s tidy version-change --new-version 2', 'series -s nope version-change '
           '--new-version 3'], '', ''),
    (TWO, ['GIT switch -q tidy2', 'series version-change --new-version 3'], '', ''),
    (TWO, ['GIT switch -q tidy2', 'series -n version-change --new-version 3'], 'head', 'patman moves HEAD in a dry run'),
    (OWN, [ON, 'series version-change --new-version 3', 'series ls'], '', ''),
    (TWO, ['series -s tidy2 version-change --new-version 3'], 'head status',
     'patman moves HEAD to the new branch and leaves the index of the old one'),
    (TWO, ['series -n -s tidy version-change --new-version 4'], 'head status', 'patman moves HEAD though nothing is to be done'),
    (TWO, ['series -s tidy -V 2 rm-version', 'series ls'], '', ''),
    (TWO, ['series -s tidy -V 1 rmv', 'series ls', 'series -s tidy2 patches'], '', ''),
    (TWO, ['GIT switch -q tidy2', 'series rm-version'], '', ''),
    (TWO, ['series -n -s tidy -V 2 rm-version', 'series -s tidy -V 9 rm-version'], '', ''),
    (ONE, ['series -s single -V 1 rm-version', 'series -s nope -V 2 rm-version'], '', ''),
    (OWN, ['series -s tidy rm'], '', ''),
    (OWN, [ON, 'series rm'], '', ''),
    (OWN, ['series -n -s tidy rm', 'series -s nope rm', 'series rm'], '', ''),
    (TWO, ['series -s tidy rm'], 'pcommit', 'patman leaves the patches of all versions but the first'),
]
ARCHIVE = [
    (ONE, ['series -s single archive', 'series ls', 'series ls -A'], '', ''),
    (TWO, ['series -s tidy ar', 'series ls', 'series ls -A', 'series progress -A'], '', ''),
    (TWO + ['series -s tidy archive'], ['series -s tidy info'], 'exits said', 'patman does not find what is archived'),
    (TWO, ['series -n -s tidy archive'], 'series ser_ver refs config', DRY),
    (ONE, ['GIT switch -q single', 'series archive'], '', ''),
    (TWO + ['series -s tidy archive'], ['series -n -s tidy unarchive'], 'series ser_ver refs', DRY),
    (TWO + ['series -s tidy archive'], ['series -s tidy archive', 'series -s tidy inc', 'series -s tidy dec'], '', ''),
    (ONE, ['series -s single archive', 'series -s single unarchive'], 'config',
     'patman forgets what the branches of an archived series track'),
    (TWO, ['series -s tidy2 archive', 'series -s tidy unar'], 'config',
     'patman forgets what the branches of an archived series track'),
    (ONE, ['series -s single archive', 'GIT branch single main', 'series -s single unarchive'], '', ''),
    (ONE, ['series -s nope archive', 'series -s nope unarchive', 'series -s single unarchive', 'series archive'], '', ''),
]
WORKFLOW = [
    (OWN, ['workflow todo -s tidy', 'workflow todo-list', 'workflow list', 'series summary'], '', ''),
    (OWN, ['workflow todo -s tidy 3', 'workflow todo -s tidy 0', 'workflow tl --all'], 'said', 'patman calls overdue what is due today'),
    (OWN, ['workflow todo -s tidy 3', 'workflow todo -s tidy --clear', 'workflow list -a', 'workflow list --all'], '', ''),
    (ONE, ['workflow todo --series single -- -2', 'workflow todo-list', 'workflow todo-list --all', 'wf ls'], '', ''),
    (TWO, ['workflow todo -s tidy2 5'], '', ''),
    (TWO, [ON, 'workflow todo 5', 'workflow todo --clear', 'workflow list'], '', ''),
    (OWN, ['workflow todo -s nope'], 'workflow exits', 'patman notes it for no series'),
    (OWN, ['workflow todo -s tidy abc', 'workflow todo -s tidy 999999999'], '', ''),
    (UP + CI, ['upstream ls', 'us list', 'upstream default ci', 'upstream ls', 'patchwork ls'], '', ''),
    (NET, ['upstream ls', 'patchwork ls', 'pw list'], '', ''),
]
PATCHWORK = [
    (ADDED, ['series -s tidy autolink', 'series -s tidy get-link'], '', ''),
    (ADDED, [ON, 'series au'], '', ''),
    (ADDED, ['series -s tidy autolink --no-update'], '', ''),
    (ADDED, ['series -s tidy autolink --update -w 1'], '', ''),
    (ADDED + ['series -s tidy inc'], ['series -s tidy2 autolink'], '', ''),
    (ADDED + ['series -s tidy inc'], ['series -s tidy -V 2 autolink --autolink-wait 0'], '', ''),
    (ADDED, ['series -s tidy gather', 'series -s tidy status', 'series -s nope autolink', 'series -s nope gather',
             'series -s nope status'], '', ''),
    (LINKED, ['series -s tidy gather -G', 'series -s tidy patches', 'series -s tidy progress'], '', ''),
    (LINKED, [ON, 'series g --no-gather-tags -c -C'], '', ''),
    (LINKED, ['series -s tidy gather -G --show-comments --show-cover-comments'], '', ''),
    (LINKED, ['series -s tidy gather'], 'refs', BLANK),
    (LINKED, ['series -s tidy gather', 'series -s tidy gather'], 'refs', BLANK),
    (LINKED, [ON, 'series gather', 'GIT log'], 'refs', BLANK),
    (LINKED, ['series -n -s tidy gather'], '', ''),
    (LINKED, ['series -n -s tidy gather -G'], '', ''),
    (LINKED, ['series -s tidy status', 'series -s tidy st -c', 'series -s tidy status -C', 'series -s tidy status --show-comments '
              '--show-cover-comments', ON, 'series status'], '', ''),
    (LINKED, [ON, 'series gather-all -G'], '', ''),
    (BOTH, [ON, 'series gather-all -G'], '', ''),
    (BOTH, [ON, 'series gather-all -a -G', 'series progress -a'], '', ''),
    (BOTH, [ON, 'series -n gather-all --gather-all-versions'], '', ''),
    (LINKED, ['series gather-all'], 'ser_ver pcommit refs exits', DEFAULT),
    (LINKED, ['series gather-all -G', 'series -s tidy status'], 'ser_ver pcommit exits', DEFAULT),
    (ADDED, [ON, 'series autolink-all'], '', ''),
    (ADDED, [ON, 'series autolink-all --no-update'], '', ''),
    (ADDED + ['series -s tidy inc'], [ON, 'series autolink-all -a -u'], '', ''),
    (ADDED + ['series -s tidy inc'], [ON, 'series autolink-all --link-all-versions --no-update'], '', ''),
    (ADDED + ['series -s tidy set-link 5'], [ON, 'series autolink-all', 'series autolink-all -r --no-update'], '', ''),
    (ADDED, ['series autolink-all'], 'ser_ver refs exits', DEFAULT),
]
CHANGES = [
    (OWN, ['series -s tidy changes AQline'], 'refs', 'patman changes the commit that is checked out, whatever -s says'),
    (OWN, [ON, 'series changes FixQtheQoffset'], 'refs', TAGGED),
    (OWN, [ON, 'series changes FixQtheQoffset', 'series changes AndQmore'], 'refs', TAGGED),
    (OWN, [ON, 'series -n changes FixQtheQoffset'], '', ''),
    (OWN, [ON, 'series changes -c CoverQonly'], 'refs', TAGGED),
    (OWN, [ON, 'series changes --cover CoverQonly', 'series changes -c More', 'series changes Other'], 'refs', TAGGED),
    (TWO, ['GIT switch -q tidy2', 'series changes Two'], 'refs', TAGGED),
    (OWN, [ON, 'series changes'], '', ''),
    (UP, ['GIT switch -q video', 'series changes FixQit', 'series changes OnceQmore'], '', ''),
    (UP, ['GIT switch -q video', 'GIT mv video-0 new', 'series changes FixQit'], '', ''),
    (UP, ['GIT switch -q video2', 'series changes -c FixQit'], 'refs', 'patman puts the list above the subject'),
    (UP, ['GIT switch -q bare', 'series changes FixQit'], 'refs', 'patman makes the tag the subject'),
]
CASES = ADD + LISTING + MARK + NEXT + LINKS + SCAN + NOTES + NAMES + ARCHIVE + WORKFLOW + PATCHWORK + CHANGES

# Run by either program alone, and by both in turns.
STORIES = [
    (UP, ['series -s tidy add -m', 'series -s tidy inc', 'series -s tidy2 set-link -u 111', 'series -s tidy inc',
          'series -s tidy rename -N neat', 'series -s neat inc', 'series -s neat scan', *NEAT], '', ''),
    (UP, ['series -s tidy add -m', 'series -s tidy inc', 'GIT switch -q tidy2', 'COMMIT e', 'series scan -m',
          'series changes FixQit', 'series inc', 'series -s tidy rename -N film', 'series info', 'series progress -a', 'series dec',
          'series patches', 'series -s film2 unmark', 'series -s film2 mark', 'series dec', 'series inc', 'series ls'], '', ''),
    (UP, ['series -s single add -1 -m', 'series -s tidy add -m', 'workflow todo -s tidy 3', 'series -s tidy inc',
          'series -s single archive', 'workflow todo -s tidy --clear', 'series -s tidy -V 2 rm-version', 'series ls -A',
          'workflow list -a', 'series progress'], '', ''),
    (UP, ['series -s tidy add -m', 'series -s tidy archive', 'series -s tidy unarchive', 'GIT branch -q -u us/main tidy',
          'series -s tidy inc', 'series -s tidy archive', 'series -s tidy unar', 'GIT branch -q -u us/main tidy',
          'GIT branch -q -u us/main tidy2', 'series -s tidy rename -N neat', *NEAT], '', ''),
    (NET, ['series -s tidy add -m', 'series -s tidy autolink', 'series -s tidy gather -G', 'series -s tidy inc',
           'series -s tidy2 autolink', 'series -s tidy2 gather -G', 'series -s tidy patches', 'series -s tidy2 patches',
           'series -s tidy status', 'series -s tidy info'], '', ''),
    (UP + CI, ['series -s video add -M', 'series -s video2 add -M', 'series -s video set-upstream ci', 'EDIT notes',
               'series -s video2 save-notes notes', 'series -s video set-link -u 66', 'series -s video show-notes',
               'GIT switch -q video2', 'series inc', 'series ls', 'series -s video info',
               'series -s video -V 2 rm-version', 'series -s video rename -N film', 'series ls'], '', ''),
]
