#compdef trailbox
# Completion of trailbox for zsh: source <(trailbox completion zsh), behind compinit, or
# as the file _trailbox in a folder of $fpath.

_trailbox() {
    local line files= found=1
    local -a names shown
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            files=1
            continue
        fi
        names+=("${line%%$'\t'*}")
        shown+=("${line/$'\t'/  -- }")
    done < <("${(Q)words[1]}" __complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)
    (( $#names )) && compadd -l -d shown -a names && found=0
    [[ -n $files ]] && _files && found=0
    return found
}

if [[ ${funcstack[1]-} == _trailbox ]]; then
    _trailbox "$@"
else
    compdef _trailbox trailbox
fi
