# The content of files in a folder, as sums.
# In: root, names.
export LC_ALL=C

cd "$root" || fail home "$root is no folder"
printf './%s\0' "${names[@]}" | xargs -0 sha256sum -b -- 2>/dev/null | sed 's/^/@sum /'
say done .
