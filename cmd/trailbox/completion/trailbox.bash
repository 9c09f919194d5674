# Completion of trailbox for bash: source <(trailbox completion bash)

_trailbox() {
    local program=${COMP_WORDS[0]/#\~\//$HOME/} rest=${COMP_LINE-} files='' glue='' i word apart current breaks begun line
    local -a words=()
    COMPREPLY=()
    # Bash breaks words at = and :, which ARNs and --flag=value have. What stands
    # together on the line becomes one word again.
    rest=${rest#"${COMP_WORDS[0]}"}
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        apart=${rest%%[![:space:]]*}
        rest=${rest#"$apart"}
        rest=${rest#"$word"}
        if ((${#words[@]} > 0)) && [[ -z $apart && ($glue || $word == [=:]*) ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        glue=''
        if [[ $word == *[=:] && $word != *[!=:]* ]]; then glue=1; fi
    done
    current=${words[${#words[@]} - 1]}
    # What bash replaces begins behind the last of them.
    begun=''
    breaks=${COMP_WORDBREAKS//[!=:]/}
    if [[ $breaks ]]; then begun=${current%"${current##*[$breaks]}"}; fi
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            files=1
        else
            line=${line%%$'\t'*}
            COMPREPLY+=("${line#"$begun"}")
        fi
    done < <("$program" __complete -- "${words[@]}" 2>/dev/null)
    if [[ $files && $current != s3:* ]]; then
        while IFS= read -r line; do
            COMPREPLY+=("$line")
        done < <(compgen -f -- "${current#"$begun"}")
        compopt -o filenames 2>/dev/null
    elif [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
}

complete -F _trailbox trailbox
