# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for 'git patman' and 'git-patman': the program itself says what fits.

_git_patman_words() {
    # Arguments: the position of the word that is completed, then the words, git-patman first.
    local index=$1
    shift
    local IFS=$'\013'
    COMPREPLY=($(_CLAP_IFS="$IFS" _CLAP_COMPLETE_INDEX="$index" _CLAP_COMPLETE_COMP_TYPE="${COMP_TYPE-9}" \
        _CLAP_COMPLETE_SPACE=true COMPLETE=bash git-patman -- "$@" 2>/dev/null)) || COMPREPLY=()
}

# Called by git's own completion for 'git patman'.
_git_patman() {
    local at=1
    while ((at < COMP_CWORD)) && [[ ${COMP_WORDS[at]} != patman ]]; do
        ((at++))
    done
    _git_patman_words $((COMP_CWORD - at)) git-patman "${COMP_WORDS[@]:at+1}"
}

_git_patman_alone() {
    _git_patman_words "$COMP_CWORD" git-patman "${COMP_WORDS[@]:1}"
}

complete -o bashdefault -o default -F _git_patman_alone git-patman
