# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion for 'git patman', beside fish's own completion of git.

function __git_patman_is_meant
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    contains -- patman $words[2..-1]
end

function __git_patman_answers
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l at (contains --index -- patman $words)
    COMPLETE=fish git-patman -- git-patman $words[(math $at + 1)..-1] (__git_patman_token)
end

# The word that is completed, as the command would get it: without quotes, of which one may be open. What is offered is
# quoted by fish.
function __git_patman_token
    set -l token (commandline --current-token --cut-at-cursor)
    for end in '' "'" '"'
        string unescape -- "$token$end"; and return
    end
    printf '%s\n' "$token"
end

complete --command git --condition __git_patman_is_meant --keep-order --exclusive --arguments "(__git_patman_answers)"
complete --command git --condition __fish_use_subcommand --exclusive --arguments patman --description "Apply, review and track patch series that are sent by mail"
