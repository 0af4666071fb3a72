# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion for 'git-patman': the program itself says what fits. git-patman.conf.fish has the function.

complete --command git-patman --keep-order --exclusive --arguments "(COMPLETE=fish git-patman -- (commandline --current-process --tokenize --cut-at-cursor) (__git_patman_token))"
