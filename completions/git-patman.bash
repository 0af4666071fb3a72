# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for 'git patman' and 'git-patman': the program itself says what fits.
#
# The names that it offers may be a stranger's. They are quoted for the command line, and nothing here expands or
# evaluates a word.

# Sets REPLY to a word as the command would get it, and open to the quote that is still open at its end.
_git_patman_unquote() {
    local word=$1 char i
    REPLY='' open=''
    for ((i = 0; i < ${#word}; i++)); do
        char=${word:i:1}
        case $open$char in
            \' | \") open=$char ;;
            \'\' | \"\") open='' ;;
            \\ | \"\\) ((i++)); REPLY+=${word:i:1} ;;
            *) REPLY+=$char ;;
        esac
    done
}

_git_patman_words() {
    # Arguments: the position of the word that is completed, then the words, git-patman first.
    local index=$1 word answer REPLY open
    local -a words=() answers=()
    shift
    for word; do
        _git_patman_unquote "$word"
        words+=("$REPLY")
    done
    # What is open at the end of the word that is completed.
    _git_patman_unquote "${@:index+1:1}"
    mapfile -t answers < <(_CLAP_IFS=$'\n' _CLAP_COMPLETE_INDEX="$index" \
        _CLAP_COMPLETE_COMP_TYPE="${COMP_TYPE-9}" _CLAP_COMPLETE_SPACE=true COMPLETE=bash \
        git-patman -- "${words[@]}" 2>/dev/null)
    COMPREPLY=()
    for answer in "${answers[@]}"; do
        # Within a quote that is open, only what is plain there.
        case $open in
            '') printf -v answer %q "$answer" ;;
            \') [[ $answer != *\'* ]] || continue ;;
            *) [[ $answer != *[\"\$\`\\!]* ]] || continue ;;
        esac
        COMPREPLY+=("$answer")
    done
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
