import { Center } from '@mantine/core';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useSession } from '../api/session.ts';
import { resumeSession } from '../api/sign-in.ts';
import { Loading } from '../parts/loading.tsx';
import { FreshPassword } from './fresh-password.tsx';
import { router } from './routes.tsx';
import { SignIn } from './sign-in.tsx';

export function Console() {
  const signedIn = useSession();
  useEffect(() => {
    void resumeSession();
  }, []);
  if (signedIn === undefined)
    return (
      <Center mih="100vh">
        <Loading />
      </Center>
    );
  if (signedIn === null) return <SignIn />;
  // Until then the server answers nothing else.
  return signedIn.mustChangePassword ? <FreshPassword /> : <RouterProvider router={router} />;
}
