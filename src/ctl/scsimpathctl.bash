# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of scsimpathctl for bash.

_scsimpathctl_mounts() {
    findmnt --noheadings --list --output TARGET --types fuse.scsimpath 2>/dev/null
}

# The heads' files of every mount.
_scsimpathctl_files() {
    local mount file
    while read -r mount; do
        for file in "$mount"/*; do
            [ -f "$file" ] && printf '%s\n' "$file"
        done
    done < <(_scsimpathctl_mounts)
}

_scsimpathctl() {
    local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} file=${COMP_WORDS[2]} choice=
    if [ "$COMP_CWORD" -eq 1 ]; then
        choice="list show explain get set path events candidates --help --version"
    else
        case $verb:$COMP_CWORD in
            list:*) choice="--check --json $(_scsimpathctl_mounts)" ;;
            events:*) choice="--json --no-follow $(_scsimpathctl_mounts)" ;;
            candidates:*) choice="--json $(_scsimpathctl_mounts)" ;;
            show:*) choice="--json $(_scsimpathctl_mounts) $(_scsimpathctl_files)" ;;
            explain:2 | get:2 | set:2 | path:2) choice=$(_scsimpathctl_files) ;;
            get:3 | set:3)
                choice=$(scsimpathctl get "$file" 2>/dev/null | sed -n 's/^\([a-z_]*\)[=:].*/\1/p')
                ;;
            path:3) choice=$(scsimpathctl get "$file" paths 2>/dev/null | cut -d ' ' -f 1) ;;
            path:4) choice="offline running fault" ;;
            path:5) choice="none offline hang delay= host= status= sense= short= power-loss alua=" ;;
            set:4)
                case ${COMP_WORDS[3]} in
                    iopolicy) choice="numa round-robin queue-depth" ;;
                    exclusive) choice="yes no" ;;
                    no_path_timeout) choice="fail queue" ;;
                    ghost_timeout) choice="queue" ;;
                esac
                ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$choice" -- "$word")
}

complete -o bashdefault -o default -F _scsimpathctl scsimpathctl
